import Testing
import ZzzAppABI

@testable import ZzzHost

@Suite struct RefusalTests {
    /// The message is cut to the room the app has, and never in the middle of a character.
    @Test(arguments: [0, 4, 7, 8, 9, 10, 11, 12, 13, 14, 512])
    func writesNoFurtherThanTheSizeTheAppSaid(size: Int) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: MemoryLayout<zzz_error>.size, alignment: 8)
        defer { memory.deallocate() }
        for index in memory.indices { memory[index] = 0xEE }
        let error = memory.baseAddress!.assumingMemoryBound(to: zzz_error.self)
        error.pointee.size = UInt32(size)

        let status = Refusal(Status.limit, "aü€b").write(to: error)

        #expect(status == Status.limit)
        #expect(memory[max(size, 4)...].allSatisfy { $0 == 0xEE })
        if size >= 8 { #expect(error.pointee.status == Status.limit) }
        if size >= 9 {
            let text = memory[8..<size].prefix { $0 != 0 }
            let expected = [0: "", 1: "a", 2: "a", 3: "aü", 4: "aü", 5: "aü"][size - 9] ?? "aü€b"
            #expect(String(decoding: text, as: UTF8.self) == expected)
            #expect(memory[8..<size].contains(0))
        }
    }

    @Test func nullIsNotInterested() {
        #expect(Refusal.invalid("x").write(to: nil) == Status.invalid)
    }

    @Test func longMessagesAreCut() {
        let report = ErrorReport()
        Refusal.invalid(String(repeating: "x", count: 1000)).write(to: report.pointer)
        #expect(report.message.utf8.count == Int(ZZZ_ERROR_MESSAGE_BYTES) - 1)
    }

    @Test func textOfBytes() throws {
        func text(_ bytes: [UInt8], maximum: Int) -> Result<String, Refusal> {
            bytes.withUnsafeBytes { buffer in
                let lent = zzz_bytes(data: buffer.bindMemory(to: CChar.self).baseAddress, count: buffer.count)
                do throws(Refusal) { return .success(try lent.text("field", maximum: maximum)) } catch {
                    return .failure(error)
                }
            }
        }
        #expect(text(Array("abc".utf8), maximum: 4) == .success("abc"))
        #expect(text(Array("abcd".utf8), maximum: 4) == .success("abcd"))
        #expect(text(Array("abcde".utf8), maximum: 4) == .failure(.invalid("field: 5 bytes, at most 4 are allowed")))
        #expect(text([0xC3], maximum: 4) == .failure(.invalid("field: not UTF-8")))
        #expect(text([], maximum: 4) == .success(""))
        let broken = zzz_bytes(data: nil, count: 3)
        #expect(throws: Refusal.invalid("field: data is NULL and count is 3")) { try broken.text("field", maximum: 4) }
    }

    @Test func oneLine() {
        #expect(OneLine.of("a\n\nb\tc\u{7F}\n") == "a b c")
        #expect(OneLine.of("\n\n") == "")
        #expect(AppError(app: "a", file: "f", reason: "r\nr", remedy: "do").description == "a: f: r r: do")
        #expect(AppError(reason: "r", remedy: "do").description == "r: do")
    }
}
