import Glibc
import Synchronization
import ZzzConfig
import ZzzIO
import ZzzLog
import ZzzServer
import ZzzSupervisor
import ZzzTLS

/// The places where the daemon listens. A new configuration is bound as a whole before anything changes; what stays the
/// same keeps its sockets. A supervisor, if there is one, keeps them too, for the next process.
final class ListenerSet: Sendable {
    /// One [[listen]] of the configuration, with its sockets.
    private struct Place: Sendable {
        let settings: ListenSettings
        /// nil for plain HTTP.
        var tls: ListenerTLS?
        var listeners: [Listener]
        /// Usually one; more when there are more sockets than loops.
        let listening: [Listening]
        let origin: Origin

        var address: SocketAddress { listening[0].address }
        var accepted: UInt64 { listening.reduce(0) { $0 + $1.accepted } }
        var name: String { SocketName.listener(settings.address.description) }

        func with(_ tls: ListenerTLS?) -> Place {
            var place = self
            place.tls = tls
            return place
        }

        /// The file of a unix socket that nobody but this process will remove.
        var adoptedFile: String? {
            guard origin == .predecessor, case .unix(let path) = address.kind else { return nil }
            return path
        }
    }

    /// Who made the sockets of a place.
    enum Origin {
        case own, systemd
        /// The server process before this one.
        case predecessor
    }

    /// A place whose sockets are bound, and which does not accept yet.
    struct Bound: Sendable {
        let settings: ListenSettings
        var listeners: [Listener]
        let origin: Origin
        /// Those that the supervisor does not have yet.
        var unkept: [Listener] = []
    }

    /// What a configuration asks for, bound: nothing has changed yet.
    struct Plan: Sendable {
        fileprivate var kept: [ListenAddress] = []
        fileprivate var added: [Bound] = []
        /// In the order of the configuration.
        fileprivate var order: [ListenAddress] = []
        fileprivate var tls: TLSByAddress = [:]
        fileprivate var proxies: [ListenAddress: ProxyPolicy] = [:]

        fileprivate func transport(_ address: ListenAddress) -> Transport {
            Transport(tls: tls[address]?.context, proxy: proxies[address])
        }
    }

    private struct State {
        var places: [Place] = []
        /// Sockets that no place has taken.
        var inherited: [InheritedSocket]
    }

    let server: Server
    let keeper: SupervisorLink?
    private let state: Mutex<State>

    init(server: Server, inherited: [InheritedSocket], keeper: SupervisorLink?) {
        self.server = server
        self.keeper = keeper
        state = Mutex(State(inherited: inherited))
    }

    /// Binds what is new.
    /// - Parameter tls: of `prepareTLS`, for the same settings.
    /// - Throws: when an address cannot be bound; everything that was bound for the plan is closed again.
    func plan(_ wanted: [ListenSettings], tls: TLSByAddress) throws(SystemError) -> Plan {
        var plan = Plan(order: wanted.map(\.address), tls: tls)
        let present = state.withLock { $0.places.map(\.settings.address) }
        for settings in wanted {
            plan.proxies[settings.address] = ProxyPolicy(settings)
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
        let before = tlsByAddress
        var made: [Place] = []
        for bound in plan.added {
            let address = bound.settings.address
            let place = Place(
                settings: bound.settings, tls: plan.tls[address], listeners: bound.listeners,
                listening: try listen(bound.listeners, plan.transport(address)), origin: bound.origin)
            // What is stored under the name of a socket that had to be made is of no use.
            if bound.origin == .own { keeper?.remove(place.name) }
            if !bound.unkept.isEmpty { keeper?.store(place.name, bound.unkept.map(\.fd)) }
            made.append(place)
        }
        let removed = state.withLock { state in
            let (kept, removed) = (
                state.places.filter { plan.kept.contains($0.settings.address) },
                state.places.filter { !plan.kept.contains($0.settings.address) }
            )
            let all = kept.map { $0.with(plan.tls[$0.settings.address]) } + made
            state.places = plan.order.compactMap { address in all.first { $0.settings.address == address } }
            return removed
        }
        for place in state.withLock({ $0.places }) where plan.kept.contains(place.settings.address) {
            let transport = plan.transport(place.settings.address)
            for listening in place.listening { server.apply(transport, to: listening) }
        }
        keepTickets(before, plan.tls)
        for place in removed {
            if place.origin != .systemd { keeper?.remove(place.name) }
            for listening in place.listening { server.unlisten(listening) }
            if let path = place.adoptedFile { unlink(path) }
        }
    }

    /// The server listens on one socket for each loop, or on one that they share: so what there are more or fewer of
    /// than loops is shared.
    private func listen(_ listeners: [Listener], _ transport: Transport) throws(SystemError) -> [Listening] {
        let loops = server.loopCount
        let whole = listeners.count >= loops ? loops : 0
        var listening: [Listening] = []
        do throws(SystemError) {
            if whole > 0 { listening.append(try server.listen(Array(listeners[..<whole]), transport)) }
            for listener in listeners[whole...] { listening.append(try server.listen([listener], transport)) }
            return listening
        } catch {
            for begun in listening { server.unlisten(begun) }
            throw error
        }
    }

    /// Stops listening everywhere, and closes the sockets, so that a new connection is refused rather than left
    /// waiting. Of a process that could not start, what it got from another one stays.
    func close(_ end: Daemon.End) {
        for place in forgetSockets() {
            for listening in place.listening { server.unlisten(listening) }
            if end == .stopped, let path = place.adoptedFile { unlink(path) }
        }
    }

    /// Lets another process go on with the sockets; the server stops accepting from them by itself.
    func handOver() {
        for place in forgetSockets() {
            for listener in place.listeners { listener.leaveSocketFile() }
        }
    }

    /// The places with their sockets, which close with what is returned.
    private func forgetSockets() -> [Place] {
        state.withLock { state in
            let places = state.places
            for index in state.places.indices { state.places[index].listeners = [] }
            return places.filter { !$0.listeners.isEmpty }
        }
    }

    // MARK: Inherited sockets

    /// The sockets of the process before this one with that name.
    func takeInherited(named name: String) -> [InheritedSocket] {
        take { $0.name == name }
    }

    /// Those of systemd's that listen at this address.
    func takeInherited(at address: SocketAddress) -> [InheritedSocket] {
        take { socket in
            // `try?`: a descriptor without an address is not the one that is looked for.
            !SocketName.isOurs(socket.name) && (try? SocketAddress.local(of: socket.descriptor))?.kind == address.kind
        }
    }

    private func take(_ isWanted: (InheritedSocket) -> Bool) -> [InheritedSocket] {
        state.withLock { state in
            let taken = state.inherited.filter(isWanted)
            state.inherited.removeAll(where: isWanted)
            return taken
        }
    }

    /// Closes what the process before this one listened on and the configuration does not name any more. Once this
    /// process serves.
    func dropUnwanted() {
        for socket in take({ SocketName.isOurs($0.name) }) {
            keeper?.remove(socket.name)
            // `try?`: without an address there is no file.
            if case .unix(let path)? = (try? SocketAddress.local(of: socket.descriptor))?.kind { unlink(path) }
            Glibc.close(socket.descriptor)
        }
    }

    // MARK: Status

    /// The addresses, with the ports that the kernel chose.
    var descriptions: [String] { state.withLock { $0.places.map { $0.address.description } } }

    /// What is told of a place.
    struct Report {
        let address: String
        let accepted: UInt64
        /// systemd has made the socket.
        let isInherited: Bool
        /// nil without TLS.
        let tls: ListenerTLS?

        var certificates: [TLSCertificate] { tls?.context.certificates ?? [] }
    }

    var reports: [Report] {
        state.withLock { state in
            state.places.map {
                Report(
                    address: $0.address.description, accepted: $0.accepted, isInherited: $0.origin == .systemd,
                    tls: $0.tls)
            }
        }
    }

    var tlsByAddress: TLSByAddress {
        state.withLock { state in
            state.places.reduce(into: [:]) { $0[$1.settings.address] = $1.tls }
        }
    }
}
