// The fuzz target for TLS: one input is taken as what a client sends to a server's session, and as a script of what
// happens to the bytes of a client that means well. Compiled into one module with Sources/ZzzTLS and the side of the
// tests by Fuzz/run. OpenSSL is the system's, and is not instrumented: what is looked for are broken promises of the
// session.
import Glibc

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    StrangerProperties(bytes: bytes).check()
    WireProperties(script: bytes).check()
    return 0
}

/// What all sessions share. Fuzz/run makes the certificate.
enum FuzzContexts {
    static let server: TLSContext = {
        let directory = getenv("ZZZ_FUZZ_TLS").map { String(cString: $0) } ?? "."
        var options = TLSOptions()
        options.certificates = [
            .init(certificate: directory + "/certificate.pem", key: directory + "/key.pem")
        ]
        options.clientCertificates = .optional
        options.clientCA = directory + "/certificate.pem"
        do { return try TLSContext(options, tickets: TLSTicketKeys(rotationSeconds: 3600)) } catch {
            preconditionFailure("\(error)")
        }
    }()

    static let client: TLSClientContext = {
        do { return try TLSClientContext() } catch { preconditionFailure("\(error)") }
    }()
}

/// A client that sends any bytes at all.
struct StrangerProperties {
    var bytes: [UInt8]

    func check() {
        let whole = Side(server: FuzzContexts.server)
        whole.feed(bytes)
        let pieces = Side(server: FuzzContexts.server)
        // At most some dozens of pieces, wherever the input itself says.
        let step = max(1, bytes.count / 32, Int(bytes.first ?? 1) % 7)
        for start in stride(from: 0, to: bytes.count, by: step) where pieces.failure == nil {
            pieces.feed(Array(bytes[start..<min(start + step, bytes.count)]))
        }
        precondition(whole.failure == pieces.failure, "cutting changes the verdict")
        precondition(whole.received.isEmpty && whole.phase != .open, "a handshake without a client's keys")
        precondition(whole.take().count < 16_384, "more is answered than a handshake has")
        guard whole.failure != nil else { return }
        precondition(!whole.write("x") && whole.take().isEmpty, "a session that has failed speaks")
        whole.feed(bytes)
        precondition(whole.received.isEmpty && whole.take().isEmpty, "a session that has failed goes on")
    }
}

/// A client that means well, and a wire that changes what it sends as the script says.
struct WireProperties {
    var script: [UInt8]

    func check() {
        let (client, server) = (Side(client: FuzzContexts.client), Side(server: FuzzContexts.server))
        var position = 0
        var sent: [UInt8] = []
        var isChanged = false
        client.handshake()
        for round in 0..<6 {
            if client.phase == .open, round > 1 {
                let message = [UInt8](repeating: UInt8(round), count: 10 + round * 900)
                if client.write(message) { sent += message }
            }
            var bytes = client.take()
            isChanged = change(&bytes, &position) || isChanged
            if server.failure == nil { server.feed(bytes) }
            client.feed(server.take())
        }
        precondition(sent.starts(with: server.received), "something else is read than was written")
        if !isChanged { precondition(server.failure == nil && server.received == sent, "what was written is lost") }
    }

    /// One step of the script for each flight: what is done, and where. Whether that makes a difference.
    private func change(_ bytes: inout [UInt8], _ position: inout Int) -> Bool {
        guard position + 3 <= script.count, !bytes.isEmpty else { return false }
        let (what, high, low) = (script[position], script[position + 1], script[position + 2])
        position += 3
        let place = (Int(high) << 8 | Int(low)) % bytes.count
        let before = bytes
        switch what % 6 {
        case 0: break
        case 1: bytes[place] ^= what | 1
        case 2: bytes.removeSubrange(place...)
        case 3: bytes.insert(what, at: place)
        case 4: bytes += before[place...]
        default: bytes.swapAt(place, bytes.count - 1)
        }
        return bytes != before
    }
}
