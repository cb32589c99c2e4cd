import ZzzAppABI
import ZzzJSON

/// One WebSocket, seen from the app. It can be kept and used from any task or thread; when the socket has closed, calls
/// throw a ``HostError`` whose `isGone` is true.
public struct WebSocket: @unchecked Sendable {
    // A handle of the host's and a constant table, whose functions are [any].
    private let api: UnsafePointer<zzz_websocket>
    let handle: OpaquePointer

    init(_ api: UnsafePointer<zzz_websocket>, _ handle: OpaquePointer) {
        self.api = api
        self.handle = handle
    }

    /// Sends a text.
    /// - Returns: whether to go on; when not, much is waiting for a client that reads slowly: more should wait for
    ///   ``WebSocketHandler/writable(_:)``.
    @discardableResult
    public func send(_ text: String) throws -> Bool {
        try text.withBytes { try send($0, kind: ZZZ_SOCKET_TEXT) }
    }

    /// Sends bytes.
    @discardableResult
    public func send(_ bytes: [UInt8]) throws -> Bool {
        try bytes.withBytes { try send($0, kind: ZZZ_SOCKET_BINARY) }
    }

    /// Sends what has come, as it has come.
    @discardableResult
    public func send(_ message: borrowing Payload) throws -> Bool {
        try send(message.slice, kind: message.isBinary ? ZZZ_SOCKET_BINARY : ZZZ_SOCKET_TEXT)
    }

    /// Sends a value as JSON, as text.
    @discardableResult
    public func send(json value: some Encodable) throws -> Bool {
        try JSONBytesEncoder().withEncoded(value) { try send(zzz_bytes($0), kind: ZZZ_SOCKET_TEXT) }
    }

    /// Asks the client for a sign of life: ``WebSocketHandler/pong(_:from:)``.
    /// - Parameter data: at most 125 bytes, which come back.
    public func ping(_ data: [UInt8] = []) throws {
        try data.withBytes { data in _ = try hostCall("ping") { api.pointee.ping(handle, data, $0) } }
    }

    /// Closes it: ``WebSocketHandler/closed(_:reason:)`` follows when the client has agreed, or takes too long.
    /// - Parameter reason: at most 123 bytes.
    public func close(_ code: WebSocketCloseCode = .normal, reason: String = "") throws {
        try reason.withBytes { reason in
            _ = try hostCall("close") { api.pointee.close(handle, code.rawValue, reason, $0) }
        }
    }

    private func send(_ data: zzz_bytes, kind: Int) throws -> Bool {
        try hostCall("send") { api.pointee.send(handle, UInt16(kind), data, $0) } != HostStatus.wait
    }

    /// An error is the end of the socket.
    func close(after error: any Error, source: String, _ host: Host) {
        // One that is closing already needs no more: hence `try?`.
        if let error = error as? ChannelError {
            // What the client has sent makes no sense.
            try? close(.unsupportedData, reason: String(error.description.prefix(40)))
        } else {
            Logger(host: host, request: nil).error("\(source): \(error)", ["error": "\(type(of: error))"])
            try? close(.internalError)
        }
    }
}

// What an ``AsyncWebSocket`` needs of the host: refused only when the socket has ended, which it hears of.
extension WebSocket {
    func send(_ message: WebSocketMessage) throws -> Bool {
        try message.bytes.withBytes { try send($0, kind: message.isBinary ? ZZZ_SOCKET_BINARY : ZZZ_SOCKET_TEXT) }
    }

    func hold() { _ = api.pointee.hold(handle) }
    func goOn() { _ = api.pointee.go_on(handle) }
    func retain() { _ = api.pointee.retain(handle) }
    func release() { _ = api.pointee.release(handle) }
}

/// Why a WebSocket is closed (RFC 6455 section 7.4): a number that an app may choose is 4000 to 4999.
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(integerLiteral rawValue: UInt16) { self.rawValue = rawValue }

    public static let normal: WebSocketCloseCode = 1000
    public static let goingAway: WebSocketCloseCode = 1001
    public static let unsupportedData: WebSocketCloseCode = 1003
    public static let policyViolation: WebSocketCloseCode = 1008
    public static let internalError: WebSocketCloseCode = 1011
    public static let serviceRestart: WebSocketCloseCode = 1012
    public static let tryAgainLater: WebSocketCloseCode = 1013
}
