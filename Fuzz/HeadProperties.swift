/// What must hold for any bytes given to the request parser.
struct HeadProperties {
    var bytes: [UInt8]
    var limits: ParserLimits

    struct Outcome: Equatable {
        var result: ParseResult
        var head: RequestHead?
        var fields: [HeaderField] = []
    }

    func check() {
        let whole = parse(bytes, cuts: [])
        precondition(parse(bytes, cuts: cuts(of: bytes)) == whole, "cutting the input changes the verdict")
        guard let head = whole.head else { return }
        checkRanges(head, whole.fields)
        checkRewritten(head, whole.fields)
        guard head.isChunked else { return }
        ChunkedProperties(bytes: Array(bytes[head.length...]), limits: ChunkedLimits()).check()
    }

    private func parse(_ bytes: [UInt8], cuts: [Int]) -> Outcome {
        var parser = RequestParser()
        var head = RequestHead()
        let fields = UnsafeMutablePointer<HeaderField>.allocate(capacity: limits.fieldCount)
        defer { fields.deallocate() }
        var result = ParseResult.incomplete
        for end in cuts + [bytes.count] where result == .incomplete {
            result = withExactCopy(of: bytes[..<end]) {
                parser.parse($0, limits: limits, head: &head, fields: fields)
            }
        }
        guard result == .complete else { return Outcome(result: result) }
        let written = Array(UnsafeBufferPointer(start: fields, count: Int(head.fieldCount)))
        return Outcome(result: result, head: head, fields: written)
    }

    private func slice(_ offset: UInt32, _ length: Int, in head: RequestHead) -> ArraySlice<UInt8> {
        precondition(Int(offset) + length <= head.length, "a range ends behind the head")
        return bytes[Int(offset)..<Int(offset) + length]
    }

    private func checkRanges(_ head: RequestHead, _ fields: [HeaderField]) {
        precondition(head.length <= bytes.count)
        precondition(fields.count <= limits.fieldCount)
        precondition(bytes[..<head.length].suffix(4).elementsEqual("\r\n\r\n".utf8), "a head ends with an empty line")
        let target = slice(head.targetOffset, Int(head.targetLength), in: head)
        precondition(!slice(head.methodOffset, Int(head.methodLength), in: head).isEmpty)
        precondition(!target.isEmpty && !slice(head.pathOffset, Int(head.pathLength), in: head).isEmpty)
        precondition(target.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        let query = slice(head.queryOffset, Int(head.queryLength), in: head)
        precondition(query.isEmpty || head.hasQuery)
        let authority = slice(head.authorityOffset, Int(head.authorityLength), in: head)
        precondition(!authority.isEmpty || head.versionMinor == 0)
        precondition(!(head.isChunked && head.contentLength >= 0))
        for field in fields {
            let name = slice(field.nameOffset, Int(field.nameLength), in: head)
            let value = slice(field.valueOffset, Int(field.valueLength), in: head)
            precondition(!name.isEmpty && name.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A })
            precondition(value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            precondition(value.first != 0x20 && value.last != 0x20 && value.first != 0x09 && value.last != 0x09)
        }
    }

    /// Written out again in the plainest way, a head says the same.
    private func checkRewritten(_ head: RequestHead, _ fields: [HeaderField]) {
        var text = Array(slice(head.methodOffset, Int(head.methodLength), in: head)) + [0x20]
        text += slice(head.targetOffset, Int(head.targetLength), in: head)
        text += " HTTP/1.\(head.versionMinor)\r\n".utf8
        for field in fields {
            text += slice(field.nameOffset, Int(field.nameLength), in: head) + ":".utf8
            text += slice(field.valueOffset, Int(field.valueLength), in: head) + "\r\n".utf8
        }
        text += "\r\n".utf8
        let again = parse(text, cuts: [])
        guard let second = again.head else { preconditionFailure("the same head, written plainly, is refused") }
        precondition(second.method == head.method && second.targetForm == head.targetForm)
        precondition(second.contentLength == head.contentLength && second.isChunked == head.isChunked)
        precondition(second.isKeepAlive == head.isKeepAlive && second.hasUpgrade == head.hasUpgrade)
        precondition(second.expectsContinue == head.expectsContinue && second.hasQuery == head.hasQuery)
        precondition(second.pathLength == head.pathLength && second.queryLength == head.queryLength)
        precondition(second.authorityLength == head.authorityLength && second.length == text.count)
        precondition(again.fields.map(\.known) == fields.map(\.known))
    }
}
