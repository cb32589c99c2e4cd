import CContainment
import CLinux
import Glibc
import ZzzAppABI
import ZzzHTTP
import ZzzIO
import ZzzTLS

/// Counters of one loop, written by it alone.
public struct WorkerStatistics: Sendable, Equatable {
    public var accepted: UInt64 = 0
    public var closed: UInt64 = 0
    public var requests: UInt64 = 0
    /// Requests that broke a rule of HTTP.
    public var malformed: UInt64 = 0
    /// Connections cut because their peer took no bytes.
    public var stalled: UInt64 = 0
    /// Responses by the first digit of their status: 1xx to 5xx.
    public var responses: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    /// Responses that the app cut short.
    public var aborted: UInt64 = 0
    /// How often the loop went to another thread because an app held it.
    public var handOffs: UInt64 = 0
    /// The longest that an app has held it before that, in nanoseconds.
    public var longestStallNanoseconds: UInt64 = 0
    /// Faults in calls from this loop.
    public var faults: UInt64 = 0
    /// Requests that the app did not answer in time.
    public var timeouts: UInt64 = 0
    public var tls = TLSStatistics()
    public var proxy = ProxyStatistics()

    public init() {}

    @inline(__always)
    mutating func count(status: UInt16) {
        switch status {
        case 200..<300: responses.1 &+= 1
        case 300..<400: responses.2 &+= 1
        case 400..<500: responses.3 &+= 1
        case 100..<200: responses.0 &+= 1
        default: responses.4 &+= 1
        }
    }

    public static func == (left: WorkerStatistics, right: WorkerStatistics) -> Bool {
        left.accepted == right.accepted && left.closed == right.closed && left.requests == right.requests
            && left.malformed == right.malformed && left.stalled == right.stalled && left.aborted == right.aborted
            && left.responses == right.responses && left.handOffs == right.handOffs && left.faults == right.faults
            && left.timeouts == right.timeouts && left.tls == right.tls && left.proxy == right.proxy
            && left.longestStallNanoseconds == right.longestStallNanoseconds
    }
}

/// The HTTP side of one loop: its connections, the exchanges in flight, the site table it reads, its counters.
///
/// Loop-owned, except where a member says otherwise.
final class Worker {
    /// Which worker of the process this is: what request handles carry.
    let number: Int
    /// Which of the server's loops: 0 and up.
    let index: Int
    let loop: Loop
    /// Looked up from any thread, and changed on the loop: see ExchangePool.
    @exclusivity(unchecked) var exchanges: ExchangePool
    let ownership = LoopOwnership()
    /// Signalled when the loop has stopped; a new one for each start.
    @exclusivity(unchecked) var hasStopped = Completion()
    /// The loop as `CLinux` knows the loop of a thread.
    let loopIdentity: UnsafeMutableRawPointer

    @exclusivity(unchecked) var limits: ServerLimits
    @exclusivity(unchecked) private(set) var table = SiteTable.empty
    /// The same, read without counting references.
    @exclusivity(unchecked) private var tableReference = Unmanaged.passUnretained(SiteTable.empty)
    /// Sites that are in no table any more and have requests in flight here.
    @exclusivity(unchecked) private var retiredSites: [Site] = []
    @exclusivity(unchecked) private(set) var hasRetiredSites = false

    @exclusivity(unchecked) var statistics = WorkerStatistics()
    @exclusivity(unchecked) var date: HTTPDate
    @exclusivity(unchecked) private(set) var isDraining = false
    /// While draining: how long an idle connection may still begin a request; 0 for not at all.
    @exclusivity(unchecked) private(set) var drainGraceMilliseconds: UInt64 = 0
    @exclusivity(unchecked) private(set) var connectionCount = 0
    @exclusivity(unchecked) var events: (any ServerEvents)?
    @exclusivity(unchecked) var logsAccess = false
    /// Called when a connection has closed: the server may accept again.
    @exclusivity(unchecked) var connectionClosed: (() -> Void)?
    /// Its sockets, channels and topics.
    @exclusivity(unchecked) private(set) var hub: SocketHub! = nil
    /// Called once when no connection is left.
    @exclusivity(unchecked) private var allClosed: (() -> Void)?

    /// - Parameter capacity: requests that may be in flight.
    init(number: Int, index: Int, loop: Loop, limits: ServerLimits, capacity: Int) {
        self.number = number
        self.index = index
        self.loop = loop
        exchanges = ExchangePool(capacity: capacity)
        self.limits = limits
        loopIdentity = Unmanaged.passUnretained(loop).toOpaque()
        date = HTTPDate(unixSeconds: loop.wallSeconds)
        hub = SocketHub(worker: self)
    }

    /// The loop's clock, in nanoseconds.
    var now: UInt64 { loop.now }

    /// [any thread] Whether the calling thread runs this worker's loop, as far as it knows: a call of `callHost` is
    /// what tells for certain.
    @inline(__always)
    var isCurrent: Bool { zzz_linux_current_loop() == loopIdentity }

    /// [any thread] The same, once it has looked whether another thread has taken the loop.
    var isCurrentForCertain: Bool { isCurrent && zzz_thread_has_loop(zzz_thread_self()) }

    // MARK: Sites

    /// Reads `table` from the next request on. The sites that leave stay alive until their requests here have ended.
    func install(_ table: SiteTable) {
        let kept = Set(table.sites.map { ObjectIdentifier($0) })
        retiredSites += self.table.sites.filter { !kept.contains(ObjectIdentifier($0)) }
        self.table = table
        tableReference = Unmanaged.passUnretained(table)
        hub.sitesChanged(to: table)
        releaseRetiredSites()
    }

    /// Lets go of the retired sites that have nothing in flight on this loop.
    @inline(never)
    func releaseRetiredSites() {
        retiredSites.removeAll { $0.activity.isIdle(loop: index) }
        hasRetiredSites = !retiredSites.isEmpty
    }

    /// The site that answers a request, nil when there is none. `base` is where the head begins.
    @inline(__always)
    func site(for head: RequestHead, base: UnsafeRawPointer) -> Unmanaged<Site>? {
        tableReference._withUnsafeGuaranteedRef {
            $0.site(authority: head.authority(in: base), path: head.path(in: base))
        }
    }

    // MARK: Jobs

    @exclusivity(unchecked) private var freeJobNodes: UnsafeMutablePointer<JobNode>?

    /// Memory for a job that waits.
    @inline(__always)
    func takeJobNode() -> UnsafeMutablePointer<JobNode> {
        guard let node = freeJobNodes else { return .allocate(capacity: 1) }
        freeJobNodes = node.pointee.next
        return node
    }

    @inline(__always)
    func giveBack(_ node: UnsafeMutablePointer<JobNode>) {
        node.pointee.next = freeJobNodes
        freeJobNodes = node
    }

    deinit {
        exchanges.free()
        while let node = freeJobNodes {
            freeJobNodes = node.pointee.next
            node.deallocate()
        }
    }

    // MARK: Connections

    func accept(fd: Int32, peer: SocketAddress, _ transport: Transport) {
        let isBalancer = transport.proxy?.trusts(peer) == true
        if let proxy = transport.proxy, proxy.isRequired, !isBalancer { return refuse(fd: fd) }
        let connection: Connection
        var patience = limits.headerDeadlineMilliseconds
        if let tls = transport.tls {
            connection = TLSConnection(fd: fd, peer: peer, worker: self, context: tls)
            patience = tls.handshakeTimeoutMilliseconds
        } else {
            connection = Connection(fd: fd, peer: peer, worker: self)
        }
        connection.ownTable = transport.table
        if transport.isSecure { connection.transportFlags |= UInt16(ZZZ_REQUEST_SECURE) }
        if let proxy = transport.proxy, isBalancer {
            connection.phase = .proxyHeader
            connection.requiresProxyHeader = proxy.isRequired
        }
        do throws(SystemError) {
            try connection.start()
        } catch {
            events?.acceptFailed(error)
            connectionClosed?()
            return
        }
        statistics.accepted &+= 1
        connectionCount += 1
        connection.headDeadline = loop.nowMilliseconds &+ patience
        connection.setDeadline(atMilliseconds: connection.headDeadline)
    }

    /// A header is required, and this peer is nobody to believe one of.
    private func refuse(fd: Int32) {
        close(fd)
        statistics.accepted &+= 1
        statistics.closed &+= 1
        statistics.proxy.count(.untrusted)
        connectionClosed?()
    }

    func remove(_ connection: Connection) {
        statistics.closed &+= 1
        connectionCount -= 1
        connectionClosed?()
        if connectionCount == 0, let done = allClosed {
            allClosed = nil
            done()
        }
    }

    /// Ends idle connections now, or after the grace, and the others after their response.
    func drain(graceMilliseconds: UInt64 = 0) {
        isDraining = true
        drainGraceMilliseconds = graceMilliseconds
        loop.forEachStream { ($0 as? Connection)?.drain() }
        hub.drain()
    }

    /// Cuts every connection, and calls `done` when all of them have been told.
    func closeAll(then done: @escaping () -> Void) {
        hub.endPolling()
        if connectionCount == 0 { return done() }
        allClosed = done
        loop.forEachStream { ($0 as? Connection)?.cut() }
    }

    // MARK: Reports

    func report(_ exchange: Exchange, _ message: String) {
        guard let events else { return }
        let site = exchange.site.map { $0._withUnsafeGuaranteedRef { $0 } }
        let route = exchange.routeIndex < 0 ? nil : site?.routes[Int(exchange.routeIndex)]
        events.misuse(app: site?.name ?? "", generation: site?.generation ?? 0, route: route?.pattern.text, message)
    }

    func logAccess(_ exchange: Exchange, _ connection: Connection) {
        events?.access(AccessEntry(exchange, connection))
    }
}
