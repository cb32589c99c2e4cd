// The contract's slices, read and made. Nothing here owns memory: each slice lives as long as the text in the headers
// says.
import ZzzAppABI

extension zzz_bytes {
    init(_ buffer: UnsafeRawBufferPointer) {
        self.init(data: buffer.baseAddress?.assumingMemoryBound(to: CChar.self), count: buffer.count)
    }

    init(_ buffer: UnsafeBufferPointer<UInt8>) {
        self.init(UnsafeRawBufferPointer(buffer))
    }

    /// The bytes of a literal, which live as long as the image.
    init(_ literal: StaticString) {
        self.init(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    static var empty: zzz_bytes { zzz_bytes(data: nil, count: 0) }

    var buffer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: count == 0 ? nil : UnsafeRawPointer(data), count: data == nil ? 0 : count)
    }

    /// A copy as text, with U+FFFD for what is not UTF-8.
    var string: String { String(decoding: buffer, as: UTF8.self) }

    var array: [UInt8] { Array(buffer) }
}

extension zzz_buffer {
    /// Room for the host to write to.
    init(_ room: UnsafeMutableBufferPointer<UInt8>, capacity: Int) {
        self.init(
            data: UnsafeMutableRawPointer(room.baseAddress)?.assumingMemoryBound(to: CChar.self), capacity: capacity,
            count: 0)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are `text`, with ASCII letters compared without case.
    func equalsIgnoringCase(_ text: String) -> Bool {
        guard text.utf8.count == count else { return false }
        var index = 0
        for byte in text.utf8 {
            if self[index].lowercasedASCII != byte.lowercasedASCII { return false }
            index += 1
        }
        return true
    }

    /// Whether these bytes are those, with ASCII letters compared without case.
    func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        guard other.count == count else { return false }
        for index in indices where self[index].lowercasedASCII != other[index].lowercasedASCII { return false }
        return true
    }

    /// Whether these bytes are exactly `text`.
    func equals(_ text: String) -> Bool {
        text.utf8.count == count && elementsEqual(text.utf8)
    }
}

extension UInt8 {
    var lowercasedASCII: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension String {
    /// Calls `body` with the text's bytes, without a copy when the text is contiguous (a native String always is).
    func withBytes<Result>(_ body: (zzz_bytes) throws -> Result) rethrows -> Result {
        var copy = self
        return try copy.withUTF8 { try body(zzz_bytes($0)) }
    }
}

extension [UInt8] {
    /// Calls `body` with the bytes where they are.
    func withBytes<Result>(_ body: (zzz_bytes) throws -> Result) rethrows -> Result {
        try withUnsafeBytes { try body(zzz_bytes($0)) }
    }
}
