import Testing

@testable import ZzzHTTP

/// RFC 9112 section 4 and RFC 9110 section 5: what goes out.
struct ResponseHeadTests {
    private func written(_ write: (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            guard let end = write(buffer.baseAddress!) else { return nil }
            return String(decoding: buffer[..<(end - buffer.baseAddress!)], as: UTF8.self)
        }
    }

    private func field(_ name: String, _ value: String) -> String? {
        name.latin1.withUnsafeBytes { name in
            value.latin1.withUnsafeBytes { value in
                written { target in
                    let end = ResponseHead.writeField(name: name, value: value, to: target)
                    let bytes = ResponseHead.fieldBytes(nameLength: name.count, valueLength: value.count)
                    #expect(end == nil || end! - target == bytes)
                    return end
                }
            }
        }
    }

    @Test func everyStatusLine() {
        for code in 100...599 {
            let status = Status(UInt16(code))
            let expected = "HTTP/1.1 \(code) \(status.reasonPhrase)\r\n"
            #expect(written { ResponseHead.writeStatusLine(status, to: $0) } == expected)
        }
    }

    @Test func aStatusOfTwoOrFourDigitsIsABug() async {
        await #expect(processExitsWith: .failure) {
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
                _ = ResponseHead.writeStatusLine(Status(99), to: buffer.baseAddress!)
            }
        }
        await #expect(processExitsWith: .failure) {
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
                _ = ResponseHead.writeStatusLine(Status(1000), to: buffer.baseAddress!)
            }
        }
    }

    @Test(arguments: [
        (0, "0"), (1, "1"), (9, "9"), (10, "10"), (99, "99"), (100, "100"), (12345, "12345"),
        (999_999_999, "999999999"), (1_000_000_000, "1000000000"), (Int.max, "9223372036854775807"),
    ])
    func contentLength(_ length: Int, _ digits: String) {
        #expect(written { ResponseHead.writeContentLength(length, to: $0) } == "content-length: \(digits)\r\n")
    }

    @Test func decimals() {
        for value: UInt64 in [0, 9, 10, 9_999_999_999_999_999_999, 10_000_000_000_000_000_000, .max] {
            #expect(written { Decimal.write(value, to: $0) } == "\(value)")
            #expect(Decimal.digitCount(value) == "\(value)".utf8.count)
        }
    }

    @Test func literals() {
        #expect(written { ResponseHead.writeChunked(to: $0) } == "transfer-encoding: chunked\r\n")
        #expect(written { ResponseHead.writeConnectionClose(to: $0) } == "connection: close\r\n")
        #expect(written { ResponseHead.writeConnectionKeepAlive(to: $0) } == "connection: keep-alive\r\n")
        #expect(written { ResponseHead.writeEnd(to: $0) } == "\r\n")
        #expect(written { ResponseHead.writeField("allow", "GET, HEAD", to: $0) } == "allow: GET, HEAD\r\n")
        #expect(written { ResponseHead.write("", to: $0) } == "")
    }

    @Test func goodFields() {
        #expect(field("content-type", "text/html; charset=utf-8") == "content-type: text/html; charset=utf-8\r\n")
        #expect(field("x", "") == "x: \r\n")
        #expect(field("x", "a\tb") == "x: a\tb\r\n")
    }

    @Test(arguments: [
        ("x", "a\r\nset-cookie: b"), ("x", "a\nb"), ("x", "a\rb"), ("x", "\0"), ("x", "a\u{7F}"), ("x", "\u{1B}[1m"),
        ("x", "0123456789abcde\r"), ("", "a"), ("x y", "a"), ("x:", "a"), ("x\r\ny", "a"), ("x\0", "a"),
        ("caf\u{E9}", "a"), ("(x)", "a"),
    ])
    func badFieldsAreNotWritten(_ name: String, _ value: String) {
        #expect(field(name, value) == nil)
    }

    @Test func everyByteOfNamesAndValues() {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            for count in 1...17 {
                var bytes = [UInt8](repeating: 0x78, count: count)
                bytes[count - 1] = byte
                let name = bytes.withUnsafeBytes { HeaderValidation.isValidName($0) }
                let value = bytes.withUnsafeBytes { HeaderValidation.isValidValue($0) }
                #expect(name == token.contains(byte))
                #expect(value == (byte == 0x09 || byte >= 0x20 && byte != 0x7F))
            }
        }
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(!HeaderValidation.isValidName(none))
        #expect(HeaderValidation.isValidValue(none))
    }

    @Test func aControlCharacterBehindTabsIsFound() {
        for tabs in 0...20 {
            let value = String(repeating: "\t", count: tabs)
            #expect(value.latin1.withUnsafeBytes { HeaderValidation.isValidValue($0) })
            #expect(!(value + "\n").latin1.withUnsafeBytes { HeaderValidation.isValidValue($0) })
        }
    }

    /// The longest head that this type writes by itself fits into `fixedBytes`.
    @Test func fixedBytesAreEnough() {
        let head = written { target in
            let longest = (100...599).map { Status(UInt16($0)) }
                .max { $0.reasonPhrase.utf8CodeUnitCount < $1.reasonPhrase.utf8CodeUnitCount }!
            var position = ResponseHead.writeStatusLine(longest, to: target)
            position = ResponseHead.writeContentLength(.max, to: position)
            position = HTTPDate(unixSeconds: 0).writeField(to: position)
            position = ResponseHead.writeConnectionKeepAlive(to: position)
            return ResponseHead.writeEnd(to: position)
        }
        #expect(head!.utf8.count <= ResponseHead.fixedBytes)
    }
}
