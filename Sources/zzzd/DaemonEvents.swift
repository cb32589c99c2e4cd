import Glibc
import Logging
import Synchronization
import ZzzIO
import ZzzLog
import ZzzServer

/// What the server reports, on its way to the log.
final class DaemonEvents: ServerEvents {
    private let logger: Logger
    private struct Handlers {
        var fault: (@Sendable (AppFault) -> Void)?
        var nearLimit: (@Sendable () -> Void)?
    }

    private let handlers = Mutex(Handlers())
    /// One for each loop: its requests, on their way to the log's thread.
    let accessRings: [AccessRing]

    init(logger: Logger, writer: LogWriter, loops: Int, logsAccess: Bool) {
        self.logger = logger
        accessRings = (0..<loops).map { _ in writer.makeAccessRing(isEnabled: logsAccess) }
    }

    func misuse(app: String, generation: UInt64, route: String?, _ message: String) {
        var metadata: Logger.Metadata = ["app": "\(app)", "generation": "\(generation)"]
        if let route { metadata["route"] = "\(route)" }
        logger.error("\(message)", metadata: metadata)
    }

    func appFaulted(_ fault: AppFault) {
        handlers.withLock { $0.fault }?(fault)
    }

    func frozenThreadsNearLimit() {
        handlers.withLock { $0.nearLimit }?()
    }

    /// Who looks after faults; set before the first app is loaded.
    func onFault(_ fault: @escaping @Sendable (AppFault) -> Void, nearLimit: @escaping @Sendable () -> Void) {
        handlers.withLock { $0 = Handlers(fault: fault, nearLimit: nearLimit) }
    }

    func acceptFailed(_ error: ZzzIO.SystemError) {
        logger.error("a connection is not accepted: \(error)")
    }

    func socketViolation(peer: SocketAddress?, _ message: String, code: UInt16) {
        logger.debug("\(message): the socket is closed with \(code)", metadata: ["peer": "\(peer?.host ?? "gone")"])
    }

    func access(_ entry: borrowing AccessEntry) {
        var record = AccessRecord(
            time: entry.time * 1_000_000_000, duration: Int64(clamping: entry.durationNanoseconds),
            status: entry.status, remote: Self.remote(entry.peer))
        record.minorVersion = entry.versionMinor
        record.method = entry.method
        record.target = entry.target
        record.host = entry.authority
        record.referer = entry.referer
        record.userAgent = entry.userAgent
        record.requestBytes = Int(clamping: entry.requestBytes)
        record.requestID = entry.requestNumber
        record.responseBytes = Int(clamping: entry.bodyBytes)
        record.generation = UInt32(truncatingIfNeeded: entry.generation)
        var app = entry.app
        let ring = accessRings[entry.loop]
        app.withUTF8 { name in
            record.app = UnsafeRawBufferPointer(name)
            ring.record(record)
        }
    }

    private static func remote(_ peer: SocketAddress) -> AccessRemote {
        switch peer.kind {
        case .ipv4(let address, let port): return .ipv4(address.bigEndian, port: port)
        case .ipv6(let high, let low, let port, _):
            return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { .ipv6($0, port: port) }
        case .unix, .abstract, .unnamed: return .none
        }
    }
}
