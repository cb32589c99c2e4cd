import Glibc
import ZzzConfig
import ZzzIO
import ZzzLog
import ZzzServer
import ZzzSupervisor

/// Where the sockets of a place come from: the process before this one, systemd, or bind(2).
extension ListenerSet {
    func bind(_ settings: ListenSettings) throws(SystemError) -> Bound {
        let address = try SocketAddress.parse(settings.address.description)
        var options = Listener.Options()
        options.backlog = Int32(clamping: settings.backlog)
        options.unixMode = settings.mode
        options.reusePort = settings.reusePort && !address.isUnix && server.loopCount > 1
        if let bound = try takeOver(settings, address, options) { return bound }
        if options.reusePort, address.port != 0 {
            // Sockets with SO_REUSEPORT would share the address with another daemon's: one without it finds out.
            var alone = options
            alone.reusePort = false
            _ = try Listener(address: address, options: alone)
        }
        var listeners = [try Listener(address: address, options: options)]
        if options.reusePort {
            // With port 0 the first one finds a port, and the others join it there.
            for _ in 1..<server.loopCount {
                listeners.append(try Listener(address: listeners[0].address, options: options))
            }
        }
        return Bound(settings: settings, listeners: listeners, origin: .own, unkept: listeners)
    }

    /// The sockets that are there for this place already; nil when there are none.
    private func takeOver(
        _ settings: ListenSettings, _ address: SocketAddress, _ options: Listener.Options
    ) throws(SystemError) -> Bound? {
        let stored = takeInherited(named: SocketName.listener(settings.address.description))
        if !stored.isEmpty {
            if Self.canBeReached(address) {
                var bound = Bound(settings: settings, listeners: try Self.adopt(stored), origin: .predecessor)
                if options.reusePort { addMissing(to: &bound, options) }
                return bound
            }
            for socket in stored { Glibc.close(socket.descriptor) }
        }
        let activated = takeInherited(at: address)
        guard !activated.isEmpty else { return nil }
        return Bound(settings: settings, listeners: try Self.adopt(activated), origin: .systemd)
    }

    private static func adopt(_ sockets: [InheritedSocket]) throws(SystemError) -> [Listener] {
        var listeners: [Listener] = []
        for socket in sockets { listeners.append(try Listener(adopting: socket.descriptor)) }
        return listeners
    }

    /// Nobody can connect to a unix socket whose file is gone.
    private static func canBeReached(_ address: SocketAddress) -> Bool {
        guard case .unix(let path) = address.kind else { return true }
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// A socket for each loop, when the process before this one had fewer loops.
    private func addMissing(to bound: inout Bound, _ options: Listener.Options) {
        while bound.listeners.count < server.loopCount {
            // `try?`: a socket that was made without SO_REUSEPORT stays alone, and the loops share it.
            guard let more = try? Listener(address: bound.listeners[0].address, options: options) else { return }
            bound.listeners.append(more)
            bound.unkept.append(more)
        }
    }
}
