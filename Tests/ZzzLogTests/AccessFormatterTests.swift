import Glibc
import Testing
@testable import ZzzLog

@Suite struct AccessFormatterTests {
    @Test func `text is in the manner of the combined format`() {
        #expect(
            formatted(AccessTexts(), .text(colour: false))
                == #"127.0.0.1 - - [22/Nov/2026:12:24:00 +0000] "GET /users/7?a=b HTTP/1.1" 200 13 "-" "curl/8" "#
                + #""example.com" blog 0.001234"#)
    }

    @Test func `JSON leaves out what is not there`() {
        #expect(
            formatted(AccessTexts(), .json)
                == #"{"time":"2026-11-22T12:24:00.123Z","access":true,"remote":"127.0.0.1","method":"GET","#
                + #""target":"/users/7?a=b","version":"1.1","status":200,"request_bytes":5,"response_bytes":13,"#
                + #""seconds":0.001234,"host":"example.com","app":"blog","generation":3,"user_agent":"curl/8","#
                + #""request_id":99}"#)
    }

    @Test func `the journal gets fields`() {
        let text = formatted(AccessTexts(), .journal)
        #expect(text.hasPrefix("PRIORITY=6\nSYSLOG_IDENTIFIER=zzzd\nZZZ_ACCESS=1\nMESSAGE=127.0.0.1 - - ["))
        #expect(
            text.hasSuffix(
                "\nZZZ_REMOTE=127.0.0.1\nZZZ_METHOD=GET\nZZZ_TARGET=/users/7?a=b\nZZZ_STATUS=200\nZZZ_RESPONSE_BYTES=13"
                    + "\nZZZ_DURATION_USEC=1234\nZZZ_APP=blog"))
    }

    @Test func `a request that was never read has a dash`() {
        let texts = AccessTexts(method: "", target: "", host: "", app: "", referer: "", userAgent: "")
        #expect(
            formatted(texts, .text(colour: false))
                == #"127.0.0.1 - - [22/Nov/2026:12:24:00 +0000] "-" 200 13 "-" "-" "-" - 0.001234"#)
    }

    @Test func `addresses of all kinds`() {
        var address = in6_addr()
        inet_pton(AF_INET6, "2001:db8::7", &address)
        let ipv6 = withUnsafeBytes(of: &address) { AccessRemote.ipv6($0, port: 1) }
        #expect(formatted(AccessTexts(), .text(colour: false), remote: ipv6).hasPrefix("2001:db8::7 - - ["))
        #expect(formatted(AccessTexts(), .text(colour: false), remote: AccessRemote.none).hasPrefix("- - - ["))
        var four = in_addr()
        inet_pton(AF_INET, "192.0.2.1", &four)
        let ipv4 = AccessRemote.ipv4(four.s_addr, port: 1)
        #expect(formatted(AccessTexts(), .text(colour: false), remote: ipv4).hasPrefix("192.0.2.1 - - ["))
    }

    @Test(arguments: [LogFormat.text(colour: false), .json, .journal])
    func `nothing a peer sends leaves its line or its quotes`(format: LogFormat) {
        let nasty = LogFormatterTests.nasty + "\""
        let texts = AccessTexts(
            method: nasty, target: nasty, host: nasty, app: nasty, referer: nasty, userAgent: nasty)
        let text = formatted(texts, format)
        #expect(text.utf8.count { $0 == 0x0A } == formatted(AccessTexts(), format).utf8.count { $0 == 0x0A })
        for scalar in text.unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control, "\(scalar.value)")
        }
        // Every quote within a text has a backslash: what is left over comes in pairs.
        let bare = text.replacing("\\\\", with: "").replacing("\\\"", with: "")
        #expect(bare.count { $0 == "\"" }.isMultiple(of: 2))
    }

    @Test(arguments: [LogFormat.text(colour: false), .json, .journal])
    func `no format shows the secrets of a query`(format: LogFormat) {
        let secret = AccessTexts(target: "/socket?token=hunter2&vsn=2", referer: "http://a/?q=1&Token=hunter2")
        let hidden = AccessTexts(target: "/socket?token=[FILTERED]&vsn=2", referer: "http://a/?q=1&Token=[FILTERED]")
        #expect(formatted(secret, format, filter: ParameterFilter(["token"])) == formatted(hidden, format))
        // One of the two alone.
        for (target, referer) in [(secret.target, ""), ("/", secret.referer), (secret.target, "http://a/")] {
            let text = formatted(
                AccessTexts(target: target, referer: referer), format, filter: ParameterFilter(["token"]))
            #expect(!text.contains("hunter2"))
        }
        #expect(formatted(secret, format).contains("/socket?token=hunter2&vsn=2"))
    }

    @Test func `bytes that are no UTF-8 stay printable`() {
        let bytes: [UInt8] = [0x2F, 0xFF, 0xC2, 0x9B, 0x80]
        var record = AccessRecord(time: 0, duration: 0, status: 400, remote: .none)
        bytes.withUnsafeBytes { bytes in
            record.target = bytes
            record.method = UnsafeRawBufferPointer(rebasing: bytes[..<1])
            var buffer = LogBuffer()
            var text = AccessFormatter(.text(colour: false), ParameterFilter([]))
            text.append(record, to: &buffer)
            #expect(String(decoding: buffer.bytes, as: UTF8.self).contains(#""/ /\xff\xc2\x9b\x80 HTTP/1.1""#))
            buffer.removeAll()
            var json = AccessFormatter(.json, ParameterFilter([]))
            json.append(record, to: &buffer)
            #expect(String(decoding: buffer.bytes, as: UTF8.self).contains("\"target\":\"/\u{FFFD}\\u009b\u{FFFD}\""))
        }
    }
}

extension String {
    fileprivate func replacing(_ text: String, with other: String) -> String {
        var result = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) {
                result += other
                rest = rest.dropFirst(text.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
