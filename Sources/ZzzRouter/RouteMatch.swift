/// What `Router.match` found. Trivial and small, so that it is returned in registers.
@frozen
public struct RouteMatch: Equatable, Sendable {
    @frozen
    public enum Kind: UInt8, Sendable {
        /// `endpoint` answers; the first `parameterCount` elements of the caller's storage hold its values.
        case matched
        /// No route has this path (404).
        case notFound
        /// Routes have this path, none of them this method (405 with Allow, RFC 9110 15.5.6).
        case methodNotAllowed
        /// OPTIONS for a path whose routes leave OPTIONS to the server (204 with Allow, RFC 9110 9.3.7).
        case options
        /// The path cannot be decoded, or would hand a handler a value that climbs out of a directory (400).
        case badPath
    }

    public let kind: Kind
    /// Every method the path answers to, with HEAD where GET is there and OPTIONS always. Empty unless `kind` is
    /// `methodNotAllowed` or `options`.
    public let allowed: MethodSet
    /// The caller's index from `RouterBuilder.add`, -1 unless `kind` is `matched`.
    public let endpoint: Int32
    /// The number of values written, in the order of `RoutePattern.parameterNames`.
    public let parameterCount: Int

    @inlinable
    init(kind: Kind, allowed: MethodSet = [], endpoint: Int32 = -1, parameterCount: Int = 0) {
        self.kind = kind
        self.allowed = allowed
        self.endpoint = endpoint
        self.parameterCount = parameterCount
    }
}

/// The value of one parameter: bytes of the request path, or of the caller's scratch memory where the path had to be
/// decoded. Valid as long as both are. Always UTF-8 without NUL.
@frozen
public struct RouteParameter {
    public var pointer: UnsafeRawPointer
    public var length: Int

    @inlinable
    public init(pointer: UnsafeRawPointer, length: Int) {
        self.pointer = pointer
        self.length = length
    }

    /// The bytes as a buffer that borrows them.
    @inlinable
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: pointer, count: length)
    }
}
