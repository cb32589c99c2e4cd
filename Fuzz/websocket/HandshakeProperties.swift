@testable import ZzzWebSocket

/// What must hold for any fields of a client's handshake: each line is the value of one.
struct HandshakeProperties {
    let bytes: [UInt8]
    let option: UInt8

    func check() {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        checkCompression(lines)
        checkLists(lines)
        for line in lines { checkKey(line) }
    }

    // MARK: Sec-WebSocket-Extensions

    private func checkCompression(_ lines: [String]) {
        let policy = CompressionPolicy(
            keepsServerContext: option & 1 != 0, keepsClientContext: option & 2 != 0,
            serverWindowBits: 9 + Int(option >> 2 & 7) % 7, clientWindowBits: 8 + Int(option >> 5 & 7))
        let expected = lines.flatMap(ReferenceList.extensions).lazy.compactMap { reference($0, policy) }.first
        let accepted = policy.accept(lines)
        precondition((accepted != nil) == (expected != nil), "the reference reads other offers")
        guard let accepted, let expected else { return }
        precondition(accepted.parameters == expected.parameters, "the reference agrees on something else")
        let answer = ReferenceList.extensions(accepted.answer)
        precondition(answer.count == 1 && answer[0].name == "permessage-deflate")
        let told = answer[0].parameters.map { $0.value.map { "=\($0)" } ?? "" }
        let names = answer[0].parameters.map(\.name)
        precondition(Set(zip(names, told).map { $0 + $1 }) == expected.answer, "another answer")
        precondition(Set(names).count == names.count, "a parameter twice")
    }

    /// RFC 7692 section 7.1: what an offer comes to, and the parameters of the answer.
    private func reference(
        _ offer: ReferenceList.Extension, _ policy: CompressionPolicy
    ) -> (parameters: CompressionParameters, answer: Set<String>)? {
        let names = offer.parameters.map(\.name)
        let flags = ["server_no_context_takeover", "client_no_context_takeover"]
        let windows = ["server_max_window_bits", "client_max_window_bits"]
        guard offer.name == "permessage-deflate", Set(names).count == names.count,
            offer.parameters.allSatisfy({ flags.contains($0.name) ? $0.value == nil : windows.contains($0.name) })
        else { return nil }
        let numbers = ["8": 8, "9": 9, "10": 10, "11": 11, "12": 12, "13": 13, "14": 14, "15": 15]
        let server = offer.parameters.first { $0.name == windows[0] }
        let client = offer.parameters.first { $0.name == windows[1] }
        let serverBits = server.map { numbers[$0.value ?? ""] ?? 0 } ?? 15
        let clientBits = client.map { numbers[$0.value ?? "15"] ?? 0 } ?? 15
        guard serverBits >= 9, clientBits >= 8 else { return nil }
        var result = CompressionParameters()
        result.serverNoContextTakeover = !policy.keepsServerContext || names.contains(flags[0])
        result.clientNoContextTakeover = !policy.keepsClientContext || names.contains(flags[1])
        result.serverWindowBits = min(serverBits, policy.serverWindowBits)
        // Sections 7.1.2.1 and 7.1.2.2: the server's window is told to a client that asked for one, and its own only
        // to one that knows the parameter.
        result.clientWindowBits = client == nil ? 15 : min(clientBits, policy.clientWindowBits)
        var answer: Set<String> = []
        if result.serverNoContextTakeover { answer.insert(flags[0]) }
        if result.clientNoContextTakeover { answer.insert(flags[1]) }
        if server != nil || result.serverWindowBits < 15 { answer.insert("\(windows[0])=\(result.serverWindowBits)") }
        if result.clientWindowBits < 15 { answer.insert("\(windows[1])=\(result.clientWindowBits)") }
        return (result, answer)
    }

    // MARK: Upgrade, Connection, Sec-WebSocket-Protocol

    private func checkLists(_ lines: [String]) {
        let elements = lines.flatMap(ReferenceList.elements)
        let lowercased = elements.map { $0.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 } }
        let handshake = ServerHandshake(subprotocols: ["chat", "b", "c"])
        var request = ServerHandshake.Request(
            upgrade: ["websocket"], connection: ["Upgrade"], key: ["dGhlIHNhbXBsZSBub25jZQ=="], version: ["13"],
            protocols: lines, extensions: lines)
        guard let acceptance = try? handshake.accept(request) else { preconditionFailure("a good request is refused") }
        let chosen = handshake.subprotocols.first { elements.contains(Array($0.utf8)) }
        precondition(acceptance.subprotocol == chosen, "the reference chooses another subprotocol")
        request.upgrade = lines
        let isUpgrade = lowercased.contains(Array("websocket".utf8))
        precondition(((try? handshake.accept(request)) != nil) == isUpgrade, "the reference reads another Upgrade")
        request.upgrade = ["websocket"]
        request.connection = lines
        let names = lowercased.contains(Array("upgrade".utf8))
        precondition(((try? handshake.accept(request)) != nil) == names, "the reference reads another Connection")
    }

    // MARK: Sec-WebSocket-Key

    private func checkKey(_ key: String) {
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        let bytes = Array(key.utf8)
        // Of the last digit only two bits are used, and the others are 0.
        let isKey = bytes.count == 24 && bytes.prefix(21).allSatisfy(digits.contains)
            && "AQgw".utf8.contains(bytes[21]) && bytes.suffix(2).elementsEqual("==".utf8)
        let request = ServerHandshake.Request(
            upgrade: ["websocket"], connection: ["Upgrade"], key: [key], version: ["13"])
        let answer = try? ServerHandshake().accept(request)
        precondition((answer != nil) == isKey, "the reference reads another key")
        precondition(answer?.fields[1].value.utf8.count ?? 28 == 28, "20 bytes in base64")
    }
}
