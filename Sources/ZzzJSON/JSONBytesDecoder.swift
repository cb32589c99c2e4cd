/// Decodes any `Decodable` type from JSON text. The whole text is checked first, as `JSONValue(parsing:)` does.
///
/// Integers are exact up to 64 bits, signed and unsigned; a number without a fraction ("1.0", "1e3") is taken as an
/// integer below 2^53. The decoders that `init(from:)` gets must not be kept beyond it.
public struct JSONBytesDecoder: Sendable {
    public var limits: JSONLimits
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    public init(limits: JSONLimits = JSONLimits()) {
        self.limits = limits
    }

    /// Decodes one value.
    ///
    /// Throws `DecodingError` with the path to the value at fault. For text that is not JSON it is `dataCorrupted`,
    /// with the `JSONError` as its underlying error.
    public func decode<T: Decodable>(_ type: T.Type, from text: UnsafeRawBufferPointer) throws -> T {
        try JSONDecodingSession.decode(type, from: text, self)
    }

    /// Decodes one value.
    public func decode<T: Decodable>(_ type: T.Type, from text: [UInt8]) throws -> T {
        try text.withUnsafeBytes { try decode(type, from: $0) }
    }

    /// Decodes one value.
    public func decode<T: Decodable>(_ type: T.Type, from text: String) throws -> T {
        try decode(type, from: Array(text.utf8))
    }
}
