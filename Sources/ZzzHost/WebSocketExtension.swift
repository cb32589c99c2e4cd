import ZzzAppABI
import ZzzServer

/// "zzz.websocket/1": the functions of `zzz_websocket`, each a translation between C and `SocketCalls`.
enum WebSocketExtension {
    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_websocket>
    }

    static var table: UnsafePointer<zzz_websocket> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_websocket>.allocate(capacity: 1)
        table.initialize(
            to: zzz_websocket(
                size: UInt32(MemoryLayout<zzz_websocket>.size), reserved: 0, accept: accept, send: send, ping: ping,
                close: close, hold: hold, go_on: goOn, retain: retain, release: release))
        return Table(pointer: UnsafePointer(table))
    }()

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?

    private static let accept:
        @convention(c) (
            OpaquePointer?, UnsafePointer<zzz_socket_options>?, zzz_socket_callback?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<OpaquePointer?>?, ErrorPointer
        ) -> zzz_status = { request, options, callback, user, socket, error in
            answering(error) { () throws(Refusal) in
                guard let callback else { throw .invalid("callback: NULL") }
                let options = try SocketOptions(options)
                let handle = try served { () throws(RequestCalls.Refusal) in
                    try SocketCalls.accept(request, options, callback, user)
                }
                socket?.pointee = handle
            }
        }

    private static let send: @convention(c) (OpaquePointer?, UInt16, zzz_bytes, ErrorPointer) -> zzz_status = {
        socket, kind, data, error in
        var mustWait = false
        let status = answering(error) { () throws(Refusal) in
            let isBinary = try isBinary(kind)
            let bytes = try data.message(isBinary: isBinary)
            mustWait = try served { () throws(RequestCalls.Refusal) in
                try SocketCalls.send(socket, bytes, isBinary: isBinary)
            }
        }
        return status == Status.ok && mustWait ? zzz_status(ZZZ_WAIT) : status
    }

    private static let ping: @convention(c) (OpaquePointer?, zzz_bytes, ErrorPointer) -> zzz_status = {
        socket, data, error in
        answering(error) { () throws(Refusal) in
            let bytes = try data.bytes("data")
            try served { () throws(RequestCalls.Refusal) in try SocketCalls.ping(socket, bytes) }
        }
    }

    private static let close: @convention(c) (OpaquePointer?, UInt16, zzz_bytes, ErrorPointer) -> zzz_status = {
        socket, code, reason, error in
        answering(error) { () throws(Refusal) in
            let reason = try reason.text("reason", maximum: longestReason)
            try served { () throws(RequestCalls.Refusal) in try SocketCalls.close(socket, code, reason: reason) }
        }
    }

    private typealias Plain = @convention(c) (OpaquePointer?) -> zzz_status

    private static let hold: Plain = { socket in
        answering(nil) { () throws(Refusal) in
            try served { () throws(RequestCalls.Refusal) in try SocketCalls.hold(socket) }
        }
    }

    private static let goOn: Plain = { socket in
        answering(nil) { () throws(Refusal) in
            try served { () throws(RequestCalls.Refusal) in try SocketCalls.goOn(socket) }
        }
    }

    private static let retain: Plain = { socket in
        answering(nil) { () throws(Refusal) in
            try served { () throws(RequestCalls.Refusal) in try SocketCalls.retain(socket) }
        }
    }

    private static let release: Plain = { socket in
        answering(nil) { () throws(Refusal) in
            try served { () throws(RequestCalls.Refusal) in try SocketCalls.release(socket) }
        }
    }

    /// A control frame has 125 bytes, two of which are the code (RFC 6455 sections 5.5 and 5.5.1).
    private static var longestReason: Int { 123 }

    private static func isBinary(_ kind: UInt16) throws(Refusal) -> Bool {
        switch Int(kind) {
        case ZZZ_SOCKET_TEXT: return false
        case ZZZ_SOCKET_BINARY: return true
        default: throw .invalid("kind: \(kind) is neither ZZZ_SOCKET_TEXT nor ZZZ_SOCKET_BINARY")
        }
    }
}

extension SocketOptions {
    /// The most subprotocols, and the most fields of the answer.
    private static var maximumCount: Int { 64 }
    private static var longestSubprotocols: Int { 4096 }

    /// What an app's struct says, as far as its `size` reaches; NULL: nothing.
    init(_ pointer: UnsafePointer<zzz_socket_options>?) throws(Refusal) {
        self.init()
        guard let pointer else { return }
        guard Int(pointer.pointee.size) >= MemoryLayout<zzz_socket_options>.size else {
            throw .invalid("options: size is \(pointer.pointee.size): set it to sizeof(zzz_socket_options)")
        }
        let options = pointer.pointee
        try checkFlags(
            options.flags,
            Int(ZZZ_SOCKET_COMPRESS | ZZZ_SOCKET_KEEP_SERVER_CONTEXT | ZZZ_SOCKET_KEEP_CLIENT_CONTEXT)
                | Int(ZZZ_SOCKET_DROP_WHEN_SLOW))
        dropsWhenSlow = options.flags & UInt32(ZZZ_SOCKET_DROP_WHEN_SLOW) != 0
        if options.flags & UInt32(ZZZ_SOCKET_COMPRESS) != 0 {
            var compression = SocketLimits.Compression()
            compression.keepsServerContext = options.flags & UInt32(ZZZ_SOCKET_KEEP_SERVER_CONTEXT) != 0
            compression.keepsClientContext = options.flags & UInt32(ZZZ_SOCKET_KEEP_CLIENT_CONTEXT) != 0
            self.compression = compression
        }
        messageBytes = Self.limit(options.message_bytes)
        fragments = Self.limit(UInt64(options.fragments))
        queuedBytes = Self.limit(options.queued_bytes)
        pingAfterMilliseconds = Self.time(options.ping_after_ms)
        idleTimeoutMilliseconds = Self.time(options.idle_timeout_ms)
        subprotocols = try Self.subprotocols(options.subprotocols)
        headers = try Self.headers(options)
    }

    /// 0: the host's.
    private static func limit(_ value: UInt64) -> Int? { value == 0 ? nil : Int(clamping: value) }

    private static func time(_ milliseconds: UInt64) -> UInt64? {
        milliseconds == 0 ? nil : min(milliseconds, Registrar.longestTimeoutMilliseconds)
    }

    private static func subprotocols(_ bytes: zzz_bytes) throws(Refusal) -> [String] {
        let text = try bytes.text("options.subprotocols", maximum: longestSubprotocols)
        let names = text.split(separator: ",").map { $0.split(separator: " ") }
        guard names.count <= maximumCount, names.allSatisfy({ $0.count == 1 && $0[0].utf8.allSatisfy(isTokenByte) })
        else { throw .invalid("options.subprotocols: not up to \(maximumCount) tokens with commas between them") }
        return names.map { String($0[0]) }
    }

    /// RFC 9110 section 5.6.2
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func headers(_ options: zzz_socket_options) throws(Refusal) -> [(name: String, value: String)] {
        let count = Int(options.header_count)
        guard count > 0 else { return [] }
        guard let fields = options.headers else { throw .invalid("options.headers: NULL with a header_count") }
        guard count <= maximumCount else { throw Refusal(Status.limit, "options.headers: more than \(maximumCount)") }
        var headers: [(name: String, value: String)] = []
        for index in 0..<count {
            // Which bytes may stand in them is checked where they are written.
            headers.append(
                (
                    try fields[index].name.name("options.headers: a name", maximum: 256),
                    try fields[index].value.text("options.headers: a value", maximum: 8192)
                ))
        }
        return headers
    }
}

extension zzz_bytes {
    /// What goes to a client: text, which must be UTF-8 (RFC 6455 section 8.1), or any bytes.
    @inline(__always)
    fileprivate func message(isBinary: Bool) throws(Refusal) -> UnsafeRawBufferPointer {
        let bytes = try bytes("data")
        guard isBinary || bytes.isUTF8 else { throw .invalid("data: a text that is not UTF-8") }
        return bytes
    }
}
