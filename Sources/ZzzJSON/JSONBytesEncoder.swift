/// Encodes any `Encodable` value as JSON text, straight into a buffer, without a tree in between.
///
/// - Members whose value is a nil optional are left out, as `Codable` does it; dictionaries with `String` or `Int` keys
///   become objects.
/// - A value that encodes nothing becomes `{}`.
/// - Since the text is written as it comes, containers have to be filled one after another, as synthesized code does:
///   writing to a nested container after its parent went on throws. A name that `encode(to:)` encodes twice is written
///   twice.
public struct JSONBytesEncoder: Sendable {
    public var format: JSONOutputFormat
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    public init(format: JSONOutputFormat = .compact) {
        self.format = format
    }

    /// The value as JSON text in UTF-8.
    ///
    /// Throws `EncodingError.invalidValue` for NaN, infinities, more than 512 levels, and containers that are not
    /// filled in order; and whatever `encode(to:)` throws.
    public func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
        try withEncoded(value) { Array($0) }
    }

    /// Calls `body` with the value as JSON text in UTF-8, which is valid for the call: one copy less than `encode`.
    /// Throws what `encode` throws, and what `body` does.
    public func withEncoded<T: Encodable, Result>(
        _ value: T, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try JSONEncodingSession.encode(value, self, body)
    }
}
