import Testing
@testable import ZzzControl

@Suite struct LineFramerTests {
    private func lines(_ framer: inout LineFramer) throws -> [String] {
        var lines: [String] = []
        while let line = try framer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    @Test func `cuts lines wherever the bytes are split`() throws {
        let text = Array("one\n\ntwo\r\nthr\ree\n".utf8)
        for split in 0...text.count {
            var framer = LineFramer()
            framer.append(text[..<split])
            var found = try lines(&framer)
            framer.append(text[split...])
            found += try lines(&framer)
            #expect(found == ["one", "", "two", "thr\ree"], "split at \(split)")
            #expect(framer.pendingCount == 0)
        }
    }

    @Test func `cuts lines that come byte by byte`() throws {
        var framer = LineFramer()
        var found: [String] = []
        for byte in Array("one\ntwo\nrest".utf8) {
            framer.append([byte])
            found += try lines(&framer)
        }
        #expect(found == ["one", "two"])
        #expect(framer.pendingCount == 4)
    }

    @Test func `takes a line of the limit and no longer one`() throws {
        for (count, isGood) in [(9, true), (10, true), (11, false)] {
            let line = [UInt8](repeating: 0x61, count: count)
            var whole = LineFramer(limit: 10)
            whole.append(line + [0x0A])
            var parts = LineFramer(limit: 10)
            parts.append(line)
            if isGood {
                #expect(try whole.next()?.count == count)
                #expect(try parts.next() == nil)
            } else {
                #expect(throws: LineFramer.TooLong(limit: 10)) { try whole.next() }
                #expect(throws: LineFramer.TooLong(limit: 10)) { try parts.next() }
            }
        }
    }

    @Test func `the limit is 1 MiB unless asked otherwise`() throws {
        var framer = LineFramer()
        framer.append([UInt8](repeating: 0x61, count: 1 << 20))
        #expect(try framer.next() == nil)
        framer.append([0x61])
        #expect(throws: LineFramer.TooLong.self) { try framer.next() }
    }

    @Test func `the limit is for a line, not for the stream`() throws {
        var framer = LineFramer(limit: 4)
        for _ in 0..<1000 {
            framer.append(Array("abcd\nab".utf8))
            #expect(try framer.next() == Array("abcd".utf8))
            framer.append(Array("cd\n".utf8))
            #expect(try framer.next() == Array("abcd".utf8))
            #expect(try framer.next() == nil)
        }
    }
}
