import Testing

@testable import ZzzHTTP

/// Content-Disposition as clients write it (RFC 6266, RFC 7578 section 4.2, RFC 8187).
@Suite struct ContentDispositionTests {
    @Test(
        arguments: [
            ("form-data; name=\"a\"", "a", nil), ("Form-Data;NAME=a", "a", nil),
            ("form-data ; name = \"a\" ;", "a", nil),
            ("form-data; name=\"\"", "", nil), ("form-data", nil, nil),
            ("form-data;name=a;filename=b.txt", "a", "b.txt"),
            ("form-data; name=\"a\"; filename=\"\"", "a", ""),
            ("form-data; name=\"a;b=c\"; filename=\"d\"", "a;b=c", "d"),
            ("form-data; name=\"a\\\"b\"; filename=\"c\\\\d\"", "a\"b", "c\\d"),
            ("form-data; name=\"a%22b%0d%0Ac%41\"", "a\"b\r\nc%41", nil),
            ("form-data; name=a; filename=\"C:\\dir\\file.txt\"", "a", "C:\\dir\\file.txt"),
            ("form-data; name=\"é\"; filename=\"日本.txt\"", "é", "日本.txt"), ("form-data; name=é", "é", nil),
            ("form-data; name=a; filename*=UTF-8''na%C3%AFve%20x.txt", "a", "naïve x.txt"),
            ("form-data; name=a; filename=\"x\"; filename*=utf-8'en'%e2%82%ac", "a", "€"),
            ("form-data; name=a; filename*=UTF-8''%e2%82%ac; filename=x", "a", "€"),
            // What is not well-formed, or in another character set, does not count.
            ("form-data; name=a; filename=x; filename*=UTF-8''%ff", "a", "x"),
            ("form-data; name=a; filename=x; filename*=UTF-8''%e", "a", "x"),
            ("form-data; name=a; filename=x; filename*=UTF-8''a%00b", "a", "x"),
            ("form-data; name=a; filename=x; filename*=iso-8859-1''%e4", "a", "x"),
            ("form-data; name=a; filename=x; filename*=y", "a", "x"), ("form-data; name=a; filename*=y", "a", nil),
        ] as [(String, String?, String?)])
    func isRead(_ text: String, _ name: String?, _ fileName: String?) throws {
        let field = try #require(ContentDisposition(parsing: text.utf8))
        #expect(field.type == "form-data")
        #expect(field["name"] == name)
        #expect(field.fileName == fileName)
        #expect(field.hasFileName == text.lowercased().contains("filename"))
    }

    @Test(arguments: [
        "", " ", ";", "; name=a", "form-data; name", "form-data; name=", "form-data; =a", "form-data; name=\"a",
        "form-data; name=\"a\\\"", "form-data; name=a b", "form-data; name=\"a\"b", "form-data name=a",
        "form-data, name=a",
        "form-data; name=a; name=b", "form-data; name=a; NAME=a", "form-data;; name=a", "form data; name=a",
        "form-data; na me=a", "form-data; name=a, filename=b", "form-data; \"name\"=a", "form-data; name='a b'",
    ])
    func isMalformed(_ text: String) {
        #expect(ContentDisposition(parsing: text.utf8) == nil)
    }

    @Test(arguments: [
        ("x.txt", "attachment; filename=\"x.txt\""), ("a b;c,d", "attachment; filename=\"a b;c,d\""),
        ("", "attachment; filename=\"\""),
        ("naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
        ("日本.txt", "attachment; filename=\"__.txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"),
        ("a\"b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b"),
        ("a\\b%41", "attachment; filename=\"a_b_41\"; filename*=UTF-8''a%5Cb%2541"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"aSet-Cookie: x\""),
        ("a\u{0}\u{7F}b", "attachment; filename=\"ab\""),
        ("ä(1)'*.txt", "attachment; filename=\"_(1)'*.txt\"; filename*=UTF-8''%C3%A4%281%29%27%2A.txt"),
    ])
    func isWritten(_ name: String, _ value: String) throws {
        #expect(ContentDisposition.value("attachment", fileName: name) == value)
        let read = try #require(ContentDisposition(parsing: value.utf8))
        #expect(read.fileName == String(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
    }

    @Test func bytesThatAreNoTextAreNoName() throws {
        let field = try #require(
            ContentDisposition(parsing: Array("form-data; name=\"".utf8) + [0xFF] + Array("\"".utf8)))
        #expect(field["name"] == nil)
        #expect(field.bytes(of: "name") == [0xFF])
    }
}
