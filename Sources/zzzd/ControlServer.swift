import CLinux
import Glibc
import Logging
import Synchronization
import ZzzConfig
import ZzzControl
import ZzzHost
import ZzzIO
import ZzzLog

/// The control socket: a thread that accepts, and one for each connection, since commands may take as long as an app
/// takes to load. Few people run zzzctl at once.
final class ControlServer: Sendable {
    /// The most connections at once; more are closed at once.
    private static let maximumConnections = 16
    /// How long a connection may be silent, in seconds.
    private static let idleSeconds = 300

    private struct State {
        var descriptor: Int32 = -1
        var path = ""
        var connections = 0
        /// Accepting goes on.
        var isOpen = false
        var isAdopted = false
        var group: UInt32?
    }

    private let state = Mutex(State())
    private let logger: Logger
    /// An eventfd that ends the accepting thread. The socket itself is shared with other processes: shutdown(2) would
    /// end it for them too.
    private let wake = zzz_linux_eventfd()

    init(logger: Logger) {
        self.logger = logger
    }

    /// Makes the socket, or takes over that of the process before this one. Nobody is answered yet.
    func open(_ settings: ControlSettings, inherited: [InheritedSocket]) throws(StartFailure) {
        let group = try Self.groupID(settings)
        do throws(ControlErrno) {
            var descriptor: Int32 = -1
            for socket in inherited {
                let isUsable = try ControlSocket.adopt(
                    socket.descriptor, path: settings.socket, mode: settings.mode, group: group)
                if isUsable, descriptor < 0 { descriptor = socket.descriptor } else { close(socket.descriptor) }
            }
            let isAdopted = descriptor >= 0
            if !isAdopted {
                descriptor = try ControlSocket.listen(path: settings.socket, mode: settings.mode, group: group)
            }
            state.withLock { state in
                state.descriptor = descriptor
                state.path = settings.socket
                state.isAdopted = isAdopted
                state.group = group
            }
        } catch {
            throw StartFailure("\(error)")
        }
    }

    private static func groupID(_ settings: ControlSettings) throws(StartFailure) -> UInt32? {
        guard let name = settings.group else { return nil }
        guard let group = ControlSocket.groupID(name) else {
            throw StartFailure("control.group: there is no group \(name)")
        }
        return group
    }

    /// The socket, when it was made by this process; nil when an earlier one did.
    var ownSocket: Int32? { state.withLock { $0.isAdopted ? nil : $0.descriptor } }

    /// Begins to answer.
    func start(_ daemon: Daemon) throws(StartFailure) {
        let (descriptor, group) = state.withLock { state in
            state.isOpen = true
            return (state.descriptor, state.group)
        }
        let dispatcher = ControlDispatcher(service: daemon, access: ControlAccess(group: group))
        let hasStarted = DetachedThread.start("control") { [self] in accept(on: descriptor, dispatcher) }
        guard hasStarted else { throw StartFailure("no thread for the control socket") }
    }

    /// Answers those that are connected, and nobody else: another process goes on.
    func handOver() {
        state.withLock { $0.isOpen = false }
        zzz_linux_eventfd_signal(wake)
    }

    /// Ends accepting, and removes the socket's file unless another process goes on with it. Commands that are under
    /// way are answered, and peers that have just connected get a moment to say something; connections end with the
    /// process.
    func stop(_ end: Daemon.End) {
        handOver()
        state.withLock { state in
            guard !state.path.isEmpty else { return }
            if end == .stopped || end == .failed && !state.isAdopted { unlink(state.path) }
            state.path = ""
        }
        guard end == .handedOver else { return }
        for _ in 0..<1000 where state.withLock({ $0.connections > 0 }) { Pause.milliseconds(1) }
    }

    private func accept(on descriptor: Int32, _ dispatcher: ControlDispatcher<Daemon>) {
        defer { close(descriptor) }
        while true {
            var waiting = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waiting, 2, -1) >= 0 || errno == EINTR else { return }
            guard state.withLock({ $0.isOpen }) else { return }
            let connection = Glibc.accept(descriptor, nil, nil)
            guard connection >= 0 else {
                if errno == EMFILE || errno == ENFILE { Pause.milliseconds(100) }
                continue
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let isWelcome = state.withLock { state in
                guard state.connections < Self.maximumConnections else { return false }
                state.connections += 1
                return true
            }
            guard isWelcome else {
                close(connection)
                continue
            }
            let hasStarted = DetachedThread.start("control peer") { [self] in
                serve(connection, dispatcher)
                // What ran for the command will hardly run again soon.
                ImagePages.releaseAll()
                close(connection)
                state.withLock { $0.connections -= 1 }
            }
            if !hasStarted {
                close(connection)
                state.withLock { $0.connections -= 1 }
            }
        }
    }

    /// Answers request lines, one after the other, until the peer ends.
    private func serve(_ connection: Int32, _ dispatcher: ControlDispatcher<Daemon>) {
        let peer: PeerCredentials
        do throws(ControlErrno) {
            peer = try PeerCredentials.ofPeer(socket: connection)
        } catch {
            logger.warning("a control connection without credentials: \(error)")
            return
        }
        var timeout = timeval(tv_sec: Self.idleSeconds, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var framer = LineFramer()
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(connection, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            framer.append(buffer[..<count])
            do throws(LineFramer.TooLong) {
                while let line = try framer.next() {
                    guard send(dispatcher.respond(to: line, from: peer), to: connection) else { return }
                }
            } catch {
                let refusal = ControlError(.badRequest, "a line of more than \(error.limit) bytes")
                _ = send(ControlResponse.line(id: nil, error: refusal), to: connection)
                return
            }
        }
    }

    private func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(connection, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
