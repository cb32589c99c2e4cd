import Synchronization
import ZzzAppABI

/// The daemon's side of the contract: this app's handle and the tables of functions.
///
/// The tables are constant and live as long as the process, and every function in them that is used here is [any]:
/// that makes the struct Sendable.
struct Host: @unchecked Sendable {
    let app: OpaquePointer?
    let http: UnsafePointer<zzz_http>
    let loop: UnsafePointer<zzz_loop_api>?
    let log: UnsafePointer<zzz_log>?
    let config: UnsafePointer<zzz_config>?
    let crypto: UnsafePointer<zzz_crypto>?
    let store: UnsafePointer<zzz_store>?
    let webSocket: UnsafePointer<zzz_websocket>?
    let channel: UnsafePointer<zzz_channel_api>?
    let pubSub: UnsafePointer<zzz_pubsub>?
    let presence: UnsafePointer<zzz_presence>?
    /// Whether the table of functions reaches to `zzz_http.tls`: a daemon may be older than this SDK.
    let tellsTLS: Bool
    /// The same for `zzz_websocket.hold` and what comes with it.
    let holdsSockets: Bool

    /// Looks the extensions up. Only `zzz.http/1` must be there, and of its functions those that it began with.
    init(_ host: UnsafePointer<zzz_host>, app: OpaquePointer?) throws {
        func table<Table>(
            _ name: String, _ type: Table.Type, upTo end: PartialKeyPath<Table>? = nil
        ) throws -> UnsafePointer<Table>? {
            guard let pointer = host.pointee.extension(name) else { return nil }
            let size = pointer.load(as: UInt32.self)
            let needed = end.flatMap { MemoryLayout<Table>.offset(of: $0) } ?? MemoryLayout<Table>.size
            guard size >= needed else {
                throw StartupError(
                    "this app needs a newer daemon: \(name) has \(size) bytes, and the app needs \(needed)")
            }
            return pointer.assumingMemoryBound(to: Table.self)
        }
        self.app = app
        guard let http = try table(ZZZ_HTTP_EXTENSION, zzz_http.self, upTo: \.tls) else {
            throw StartupError("the daemon does not offer \(ZZZ_HTTP_EXTENSION)")
        }
        self.http = http
        let endOfTLS = MemoryLayout.offset(of: \zzz_http.tls).map { $0 + MemoryLayout<UnsafeRawPointer>.size }
        tellsTLS = endOfTLS.map { Int(http.pointee.size) >= $0 } ?? false
        loop = try table(ZZZ_LOOP_EXTENSION, zzz_loop_api.self)
        log = try table(ZZZ_LOG_EXTENSION, zzz_log.self)
        config = try table(ZZZ_CONFIG_EXTENSION, zzz_config.self)
        crypto = try table(ZZZ_CRYPTO_EXTENSION, zzz_crypto.self)
        store = try table(ZZZ_STORE_EXTENSION, zzz_store.self)
        webSocket = try table(ZZZ_WEBSOCKET_EXTENSION, zzz_websocket.self, upTo: \.hold)
        holdsSockets = webSocket.map { Int($0.pointee.size) >= MemoryLayout<zzz_websocket>.size } ?? false
        channel = try table(ZZZ_CHANNEL_EXTENSION, zzz_channel_api.self)
        pubSub = try table(ZZZ_PUBSUB_EXTENSION, zzz_pubsub.self)
        presence = try table(ZZZ_PRESENCE_EXTENSION, zzz_presence.self, upTo: \.meta)
    }

    /// The daemon that has made this app, for code outside a request; nil before that.
    static var process: Host? {
        get { processHost.withLock { $0 } }
        set { processHost.withLock { $0 = newValue } }
    }

    private static let processHost = Mutex<Host?>(nil)
}

/// Why an app cannot be loaded or started. The daemon shows the message.
public struct StartupError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ message: String) { description = message }
}
