import CLinux
import ZzzAppABI
import ZzzIO

/// What the server tells its owner about, on the loop where it happens. The functions must not block.
public protocol ServerEvents: AnyObject, Sendable {
    /// An app broke the contract.
    func misuse(app: String, generation: UInt64, route: String?, _ message: String)
    /// An app's code has faulted; the request that it was working for has been ended, and the thread is frozen.
    func appFaulted(_ fault: AppFault)
    /// So many threads are frozen that the process should soon be replaced. Told with each one more.
    func frozenThreadsNearLimit()
    /// A connection could not be accepted.
    func acceptFailed(_ error: SystemError)
    /// A client broke a rule of WebSocket's or of the channels', and its socket is closed with that code.
    func socketViolation(peer: SocketAddress?, _ message: String, code: UInt16)
    /// A request was answered; called only while the access log is on. The entry's bytes are valid during the call.
    func access(_ entry: borrowing AccessEntry)
}

extension ServerEvents {
    public func socketViolation(peer: SocketAddress?, _ message: String, code: UInt16) {}
}

/// One line of the access log, as plain values.
public struct AccessEntry: ~Copyable {
    /// The loop it happened on.
    public let loop: Int
    /// Seconds since 1970.
    public let time: Int64
    public let method: UnsafeRawBufferPointer
    public let target: UnsafeRawBufferPointer
    public let authority: UnsafeRawBufferPointer
    /// The fields Referer and User-Agent (RFC 9110 section 10.1); empty without one.
    public private(set) var referer = UnsafeRawBufferPointer(start: nil, count: 0)
    public private(set) var userAgent = UnsafeRawBufferPointer(start: nil, count: 0)
    public let versionMinor: UInt8
    public let status: UInt16
    /// Bytes of the request's body that have come.
    public let requestBytes: UInt64
    /// Bytes of the response's body.
    public let bodyBytes: UInt64
    public let durationNanoseconds: UInt64
    /// "" when no app answered.
    public let app: String
    public let generation: UInt64
    /// The request's number, by which log records of the app refer to it.
    public let requestNumber: UInt64
    public let peer: SocketAddress

    init(_ exchange: Exchange, _ connection: Connection) {
        let request = exchange.request.pointee
        loop = exchange.worker.index
        time = exchange.worker.loop.wallSeconds
        method = request.method_name.buffer
        target = request.target.buffer
        authority = request.authority.buffer
        versionMinor = request.version_minor
        status = exchange.status
        bodyBytes = exchange.responseBodyBytes
        durationNanoseconds = zzz_linux_monotonic_ns() &- exchange.startedAt
        app = exchange.site.map { $0._withUnsafeGuaranteedRef { $0.name } } ?? ""
        generation = exchange.site.map { $0._withUnsafeGuaranteedRef { $0.generation } } ?? 0
        requestNumber = exchange.handle.bits
        peer = connection.peer
        requestBytes = exchange.body.receivedBytes
        for index in 0..<Int(request.header_count) {
            let field = exchange.headers[index]
            switch field.name.count {
            case 7 where field.name.buffer.isCaseInsensitivelyEqual(to: "referer"): referer = field.value.buffer
            case 10 where field.name.buffer.isCaseInsensitivelyEqual(to: "user-agent"): userAgent = field.value.buffer
            default: break
            }
        }
    }
}
