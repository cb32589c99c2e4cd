import Synchronization
import ZzzConfig
import ZzzIO
import ZzzLog
import ZzzServer

/// The places where the daemon listens. A new configuration is bound as a whole before anything changes; what stays the
/// same keeps its sockets.
final class ListenerSet: Sendable {
    /// One [[listen]] of the configuration, with its sockets.
    private struct Place: Sendable {
        let settings: ListenSettings
        let listeners: [Listener]
        let listening: Listening
        let isInherited: Bool
    }

    /// A place whose sockets are bound, and which does not accept yet.
    fileprivate struct Bound: Sendable {
        let settings: ListenSettings
        let listeners: [Listener]
        let isInherited: Bool
    }

    /// What a configuration asks for, bound: nothing has changed yet.
    struct Plan: Sendable {
        fileprivate var kept: [ListenAddress] = []
        fileprivate var added: [Bound] = []
        /// In the order of the configuration.
        fileprivate var order: [ListenAddress] = []
    }

    private struct State {
        var places: [Place] = []
        /// Sockets of systemd's that no place has taken.
        var inherited: [InheritedSocket]
    }

    private let server: Server
    private let state: Mutex<State>

    init(server: Server, inherited: [InheritedSocket]) {
        self.server = server
        state = Mutex(State(inherited: inherited))
    }

    /// Binds what is new.
    /// - Throws: when an address cannot be bound; everything that was bound for the plan is closed again.
    func plan(_ wanted: [ListenSettings]) throws(SystemError) -> Plan {
        var plan = Plan(order: wanted.map(\.address))
        let present = state.withLock { $0.places.map(\.settings.address) }
        for settings in wanted {
            // By address: other options of a socket that listens already take a restart.
            if present.contains(settings.address) {
                plan.kept.append(settings.address)
            } else {
                plan.added.append(try bind(settings))
            }
        }
        return plan
    }

    /// Accepts where the plan says, and nowhere else.
    func commit(_ plan: Plan) throws(SystemError) {
        var made: [Place] = []
        for bound in plan.added {
            let listening = try server.listen(bound.listeners)
            made.append(
                Place(
                    settings: bound.settings, listeners: bound.listeners, listening: listening,
                    isInherited: bound.isInherited))
        }
        let removed = state.withLock { state in
            let (kept, removed) = (
                state.places.filter { plan.kept.contains($0.settings.address) },
                state.places.filter { !plan.kept.contains($0.settings.address) }
            )
            let all = kept + made
            state.places = plan.order.compactMap { address in all.first { $0.settings.address == address } }
            return removed
        }
        for place in removed { server.unlisten(place.listening) }
    }

    /// Stops listening everywhere, and closes the sockets, so that a new connection is refused rather than left
    /// waiting.
    func close() {
        let places = state.withLock { state in
            let places = state.places
            state.places = places.map {
                Place(settings: $0.settings, listeners: [], listening: $0.listening, isInherited: $0.isInherited)
            }
            return places
        }
        for place in places { server.unlisten(place.listening) }
    }

    /// The addresses, with the ports that the kernel chose.
    var descriptions: [String] { state.withLock { $0.places.map { $0.listening.address.description } } }

    /// Each place: address, accepted connections, whether systemd made the socket.
    var reports: [(address: String, accepted: UInt64, isInherited: Bool)] {
        state.withLock { state in
            state.places.map { ($0.listening.address.description, $0.listening.accepted, $0.isInherited) }
        }
    }

    // MARK: Binding

    private func bind(_ settings: ListenSettings) throws(SystemError) -> Bound {
        let address = try SocketAddress.parse(settings.address.description)
        if let descriptor = takeInherited(address) {
            let listener = try Listener(adopting: descriptor)
            return Bound(settings: settings, listeners: [listener], isInherited: true)
        }
        var options = Listener.Options()
        options.backlog = Int32(clamping: settings.backlog)
        options.unixMode = settings.mode
        options.reusePort = settings.reusePort && !address.isUnix && server.loopCount > 1
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
        return Bound(settings: settings, listeners: listeners, isInherited: false)
    }

    /// The socket of systemd's that listens at this address, if there is one.
    private func takeInherited(_ address: SocketAddress) -> Int32? {
        state.withLock { state in
            let index = state.inherited.firstIndex { socket in
                // `try?`: a descriptor without an address is not the one that is looked for.
                (try? SocketAddress.local(of: socket.descriptor))?.kind == address.kind
            }
            return index.map { state.inherited.remove(at: $0).descriptor }
        }
    }
}
