/// Writes the head of a response (RFC 9112 section 4), piece by piece, into memory that the caller has measured.
///
/// Every `write` function stores at `target` and returns where the next piece goes. Nothing is checked against a
/// capacity: reserve `fixedBytes` for what this type writes by itself, plus `fieldBytes` for each field line.
///
///     var position = ResponseHead.writeStatusLine(.ok, to: buffer)
///     position = ResponseHead.writeContentLength(13, to: position)
///     position = dateField.write(to: position)
///     position = ResponseHead.writeEnd(to: position)
public enum ResponseHead {
    /// Room for one status line, `content-length` or `transfer-encoding`, `date`, `connection` and the empty line.
    @inlinable public static var fixedBytes: Int { 192 }

    /// Bytes of a field line with a name and a value of these lengths.
    @inlinable @inline(__always)
    public static func fieldBytes(nameLength: Int, valueLength: Int) -> Int { nameLength &+ valueLength &+ 4 }

    /// "HTTP/1.1 200 OK" and CRLF. A code that has no registered phrase gets none; the space stays
    /// (RFC 9112 section 4).
    ///
    /// - Precondition: `status.isValid`.
    @inlinable @inline(__always)
    public static func writeStatusLine(
        _ status: Status, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        if status.rawValue == 200 { return write("HTTP/1.1 200 OK\r\n", to: target) }
        return writeOtherStatusLine(status, to: target)
    }

    @usableFromInline
    static func writeOtherStatusLine(_ status: Status, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        switch status.rawValue {
        case 101: return write("HTTP/1.1 101 Switching Protocols\r\n", to: target)
        case 201: return write("HTTP/1.1 201 Created\r\n", to: target)
        case 204: return write("HTTP/1.1 204 No Content\r\n", to: target)
        case 301: return write("HTTP/1.1 301 Moved Permanently\r\n", to: target)
        case 302: return write("HTTP/1.1 302 Found\r\n", to: target)
        case 303: return write("HTTP/1.1 303 See Other\r\n", to: target)
        case 304: return write("HTTP/1.1 304 Not Modified\r\n", to: target)
        case 400: return write("HTTP/1.1 400 Bad Request\r\n", to: target)
        case 404: return write("HTTP/1.1 404 Not Found\r\n", to: target)
        case 500: return write("HTTP/1.1 500 Internal Server Error\r\n", to: target)
        case 503: return write("HTTP/1.1 503 Service Unavailable\r\n", to: target)
        default: return writeAnyStatusLine(status, to: target)
        }
    }

    private static func writeAnyStatusLine(
        _ status: Status, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        precondition(status.isValid, "a status code has three digits, 100 to 599")
        var position = write("HTTP/1.1 ", to: target)
        position = Decimal.write(UInt64(status.rawValue), to: position)
        position = write(" ", to: position)
        let phrase = status.reasonPhrase
        position.copyMemory(from: phrase.utf8Start, byteCount: phrase.utf8CodeUnitCount)
        return write("\r\n", to: position + phrase.utf8CodeUnitCount)
    }

    /// One field line, after checking it; nil, and nothing of use written, when the name is not a token or the value
    /// has a control character (RFC 9110 section 5.5): it must never be sent.
    @inlinable @inline(__always)
    public static func writeField(
        name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer? {
        guard HeaderValidation.isValidName(name), HeaderValidation.isValidValue(value) else { return nil }
        return writeTrustedField(name: name, value: value, to: target)
    }

    /// One field line that has been checked before.
    @inlinable @inline(__always)
    public static func writeTrustedField(
        name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var position = copy(name, to: target)
        position.storeBytes(of: UInt16(littleEndian: 0x203A), as: UInt16.self)  // ": "
        position = copy(value, to: position + 2)
        position.storeBytes(of: UInt16(littleEndian: 0x0A0D), as: UInt16.self)
        return position + 2
    }

    /// One field line with a known name and a literal value.
    @inlinable @inline(__always)
    public static func writeField(
        _ name: StaticString, _ value: StaticString, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        write("\r\n", to: write(value, to: write(": ", to: write(name, to: target))))
    }

    /// "content-length: N" and CRLF.
    ///
    /// - Precondition: `length` is not negative.
    @inlinable @inline(__always)
    public static func writeContentLength(
        _ length: Int, to target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let position = write("content-length: ", to: target)
        return write("\r\n", to: Decimal.write(UInt64(length), to: position))
    }

    /// "transfer-encoding: chunked" and CRLF.
    @inlinable @inline(__always)
    public static func writeChunked(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        write("transfer-encoding: chunked\r\n", to: target)
    }

    /// "connection: close" and CRLF.
    @inlinable @inline(__always)
    public static func writeConnectionClose(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        write("connection: close\r\n", to: target)
    }

    /// "connection: keep-alive" and CRLF, which an HTTP/1.0 client needs to see.
    @inlinable @inline(__always)
    public static func writeConnectionKeepAlive(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        write("connection: keep-alive\r\n", to: target)
    }

    /// The empty line that ends the head.
    @inlinable @inline(__always)
    public static func writeEnd(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        write("\r\n", to: target)
    }

    /// The bytes of a literal, as they are.
    @inlinable @inline(__always)
    public static func write(_ literal: StaticString, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        target.copyMemory(from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
        return target + literal.utf8CodeUnitCount
    }

    @inlinable @inline(__always)
    static func copy(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        guard let start = bytes.baseAddress else { return target }
        target.copyMemory(from: start, byteCount: bytes.count)
        return target + bytes.count
    }
}
