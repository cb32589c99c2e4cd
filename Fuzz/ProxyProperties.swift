/// What must hold for any bytes given to the parser of balancers' headers.
struct ProxyProperties {
    var bytes: [UInt8]

    func check() {
        check(bytes)
        // As the rest of a header of version 2, which few inputs begin with.
        check(Array("\r\n\r\n\0\r\nQUIT\n".utf8) + bytes)
    }

    private func parse(_ bytes: ArraySlice<UInt8>) -> ProxyHeader.Outcome {
        withExactCopy(of: bytes) { ProxyHeader.parse($0.bindMemory(to: UInt8.self).span, limit: 600) }
    }

    private func check(_ bytes: [UInt8]) {
        let whole = parse(bytes[...])
        var last = ProxyHeader.Outcome.incomplete
        for end in cuts(of: bytes) + [bytes.count] {
            let outcome = parse(bytes[..<end])
            // Once something is known, more bytes do not change it.
            precondition(last == .incomplete || outcome == last, "more bytes change the verdict")
            last = outcome
        }
        guard case .header(let header) = whole else { return }
        precondition(header.length >= 15 && header.length <= min(bytes.count, 600))
        precondition(parse(bytes[..<header.length]) == whole, "what follows a header changes it")
        precondition(parse(bytes[..<(header.length - 1)]) == .incomplete, "a part is taken for the whole")
        if let source = header.source { precondition(!source.description.isEmpty) }
    }
}
