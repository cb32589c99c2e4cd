/// Decodes percent-encoded text (RFC 3986 section 2.1), one component at a time: split a path or a query first,
/// then decode the pieces, or an encoded delimiter becomes a real one.
public enum PercentDecoding {
    /// What a component may be besides plain percent-encoding.
    @frozen public struct Options: OptionSet, Sendable {
        public let rawValue: UInt8

        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// "+" is a space, as in a form or a query made by one (WHATWG URL, application/x-www-form-urlencoded).
        @inlinable public static var plusIsSpace: Options { Options(rawValue: 1) }
        /// "%00" decodes to NUL; without this it is an error, since file names and C strings end there.
        @inlinable public static var allowsNUL: Options { Options(rawValue: 2) }
    }

    /// Whether decoding would change anything.
    @inlinable
    public static func isNeeded(_ bytes: UnsafeRawBufferPointer, options: Options = []) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        let plus: UInt8 = options.contains(.plusIsSpace) ? 0x2B : 0x25
        for offset in 0..<bytes.count where start.byte(offset) == 0x25 || start.byte(offset) == plus { return true }
        return false
    }

    /// Decodes `bytes` into memory that has room for as many bytes; it may be the memory of `bytes` itself.
    ///
    /// - Returns: how many bytes were written, or nil when a "%" is not followed by two hexadecimal digits, or
    ///   there is a NUL that `options` do not allow. The result need not be UTF-8.
    @inlinable
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, options: Options = []
    ) -> Int? {
        guard let start = bytes.baseAddress else { return 0 }
        let plus: UInt8 = options.contains(.plusIsSpace) ? 0x20 : 0x2B
        let least: UInt8 = options.contains(.allowsNUL) ? 0 : 1
        var offset = 0
        var written = 0
        while offset < bytes.count {
            var byte = start.byte(offset)
            offset = offset &+ 1
            if byte == 0x25 {
                guard offset &+ 1 < bytes.count else { return nil }
                let high = start.byte(offset)
                let low = start.byte(offset &+ 1)
                guard ByteClass.isMember(high, of: ByteClass.hexDigit), ByteClass.isMember(low, of: ByteClass.hexDigit)
                else { return nil }
                byte = Hexadecimal.value(high) << 4 | Hexadecimal.value(low)
                offset = offset &+ 2
            } else if byte == 0x2B {
                byte = plus
            }
            guard byte >= least else { return nil }
            target.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
            written = written &+ 1
        }
        return written
    }
}
