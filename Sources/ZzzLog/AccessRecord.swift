/// What the access log says about one request: plain values, and bytes that are borrowed for the call that takes them.
public struct AccessRecord {
    /// When the request's first byte came, in nanoseconds since 1970.
    public var time: Int64
    /// From the request's first byte to the last byte of the response, in nanoseconds.
    public var duration: Int64
    /// The response's status; 0 when the connection closed before there was one.
    public var status: UInt16
    /// The minor version of HTTP/1.
    public var minorVersion: UInt8
    /// Bytes of the request body that were read.
    public var requestBytes: Int
    /// Bytes of the response body that were sent.
    public var responseBytes: Int
    /// The request's number; 0 when it has none.
    public var requestID: UInt64
    /// The generation of the app that answered; 0 without an app.
    public var generation: UInt32
    /// The peer's address.
    public var remote: AccessRemote
    /// At most `AccessRecord.limits.method` bytes are kept; likewise below.
    public var method: UnsafeRawBufferPointer
    /// The request target as it came, or as much of it as was read.
    public var target: UnsafeRawBufferPointer
    /// The Host field.
    public var host: UnsafeRawBufferPointer
    /// The app that answered; empty without one.
    public var app: UnsafeRawBufferPointer
    /// The Referer field.
    public var referer: UnsafeRawBufferPointer
    /// The User-Agent field.
    public var userAgent: UnsafeRawBufferPointer

    /// How many bytes of each text are kept; the rest is cut off.
    public static let limits = (method: 32, target: 2048, host: 256, app: 63, referer: 512, userAgent: 512)

    /// A record with only numbers; the texts are empty.
    public init(time: Int64, duration: Int64, status: UInt16, remote: AccessRemote) {
        self.time = time
        self.duration = duration
        self.status = status
        self.remote = remote
        minorVersion = 1
        requestBytes = 0
        responseBytes = 0
        requestID = 0
        generation = 0
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        method = empty
        target = empty
        host = empty
        app = empty
        referer = empty
        userAgent = empty
    }
}

/// A peer's address in binary form, so that taking it costs no formatting.
public struct AccessRemote: Sendable, Equatable {
    /// What the address bytes mean.
    public enum Kind: UInt8, Sendable {
        /// A unix socket, or not known.
        case none
        case ipv4
        case ipv6
    }

    public let kind: Kind
    public let port: UInt16
    /// The address in network order: 4 bytes of the first word for IPv4, both words for IPv6.
    let words: (UInt64, UInt64)

    /// A unix socket, or an address that is not known.
    public static let none = AccessRemote(kind: .none, port: 0, words: (0, 0))

    /// An IPv4 address as `sin_addr` holds it, in network order, and a port in host order.
    public static func ipv4(_ address: UInt32, port: UInt16) -> AccessRemote {
        AccessRemote(kind: .ipv4, port: port, words: (UInt64(UInt32(bigEndian: address)), 0))
    }

    /// The 16 bytes of an IPv6 address as `sin6_addr` holds them, and a port in host order.
    public static func ipv6(_ address: UnsafeRawBufferPointer, port: UInt16) -> AccessRemote {
        precondition(address.count == 16, "an IPv6 address has 16 bytes, not \(address.count)")
        let high = UInt64(bigEndian: address.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        let low = UInt64(bigEndian: address.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return AccessRemote(kind: .ipv6, port: port, words: (high, low))
    }

    public static func == (left: AccessRemote, right: AccessRemote) -> Bool {
        left.kind == right.kind && left.port == right.port && left.words == right.words
    }
}
