import Glibc

/// A blocking client that sends exactly the bytes it is told, however wrong, and reads one response at a time.
///
/// Every wait has the client's deadline, counted from the call.
final class RawClient {
    private let socket: Int32
    private let limit: Duration
    /// What must not go before this client does: its daemon.
    var owner: AnyObject?
    /// Received and not yet read.
    private var buffer: [UInt8] = []
    private var consumed = 0

    /// Connects to a TCP port on loopback.
    init(port: UInt16, limit: Duration = .seconds(20), receiveBufferBytes: Int32? = nil) throws {
        self.limit = limit
        socket = try check("socket", Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        if var bytes = receiveBufferBytes {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try connect(&address)
    }

    /// Connects to a TCP port on the IPv6 loopback address.
    init(ipv6Port port: UInt16) throws {
        limit = .seconds(20)
        socket = try check("socket", Glibc.socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_addr = in6addr_loopback
        try connect(&address)
    }

    /// Connects to a unix socket.
    init(unix path: String) throws {
        limit = .seconds(20)
        socket = try check("socket", Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        try connect(&address)
    }

    private func connect<Address>(_ address: inout Address) throws {
        let size = socklen_t(MemoryLayout<Address>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, size) }
        }
        // A failure leaves the closing to `deinit`, which runs after an init that throws once everything is set.
        guard status == 0 else { throw SystemFailure.last("connect") }
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        Glibc.close(socket)
    }

    // MARK: Sending

    /// Sends all of it.
    func send(_ bytes: some Collection<UInt8>) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            sent += try bytes[sent...].withUnsafeBytes { rest in
                try check("send", Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL)))
            }
        }
    }

    func send(_ text: String) throws {
        try send(text.utf8)
    }

    /// Sends it one byte at a time, each with a system call and a segment of its own.
    func sendByByte(_ text: String) throws {
        for byte in text.utf8 { try send(CollectionOfOne(byte)) }
    }

    /// Sends what the server still takes: it may close the connection on the way.
    func sendAsFarAsPossible(_ bytes: some Collection<UInt8>) {
        do { try send(bytes) } catch {}
    }

    /// Half-closes: no more will be sent, and the response can still be read.
    func finishSending() throws {
        try check("shutdown", shutdown(socket, Int32(SHUT_WR)))
    }

    /// Leaves at once, with a reset: connect(2) to no address dissolves a connection.
    func reset() {
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        Glibc.connect(socket, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    // MARK: Receiving

    /// Sends a GET, and reads its response; interim ones before it are left out.
    func get(_ target: String) throws -> RawResponse {
        try send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return try finalResponse()
    }

    /// The next response that is not an interim one (RFC 9110 15.2).
    func finalResponse() throws -> RawResponse {
        while true {
            let response = try response()
            if response.status >= 200 { return response }
        }
    }

    /// The next response, exactly: what follows it stays for the next call. Interim responses are responses too.
    func response(toHead isHead: Bool = false) throws -> RawResponse {
        if consumed > 1 << 16 {
            buffer.removeFirst(consumed)
            consumed = 0
        }
        let headBytes = try read(through: "\r\n\r\n")
        var response = try RawResponse(head: String(decoding: headBytes.dropLast(4), as: UTF8.self))
        let hasBody = !isHead && response.status >= 200 && response.status != 204 && response.status != 304
        guard hasBody else { return response }
        if response["Transfer-Encoding"]?.lowercased() == "chunked" {
            try readChunks(&response)
        } else if let length = response["Content-Length"] {
            guard let count = Int(length) else { throw SystemFailure("Content-Length: \(length)") }
            response.body = try read(count: count)
        } else {
            response.body = try readToEnd()
        }
        return response
    }

    private func readChunks(_ response: inout RawResponse) throws {
        while true {
            let line = String(decoding: try read(through: "\r\n").dropLast(2), as: UTF8.self)
            guard let count = Int(line, radix: 16) else { throw SystemFailure("not a chunk size: \(line)") }
            if count == 0 { break }
            response.chunks.append(count)
            response.body += try read(count: count)
            guard try read(count: 2) == [13, 10] else { throw SystemFailure("a chunk does not end where it should") }
        }
        while true {
            let line = String(decoding: try read(through: "\r\n").dropLast(2), as: UTF8.self)
            if line.isEmpty { return }
            response.trailers.append(try RawResponse.field(Substring(line)))
        }
    }

    /// Everything up to the end of the connection.
    func readToEnd() throws -> [UInt8] {
        while try receive() {}
        defer { consumed = buffer.count }
        return Array(buffer[consumed...])
    }

    /// Waits until the server has closed the connection; whether nothing more came before.
    func isClosedSilently() throws -> Bool {
        do {
            return try readToEnd().isEmpty
        } catch let failure as SystemFailure where failure.description.contains("Connection reset") {
            return consumed == buffer.count
        }
    }

    /// Whether anything is there to read, or the connection has ended, within a time.
    func hasInput(within time: Duration) throws -> Bool {
        if consumed < buffer.count { return true }
        var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return try check("poll", poll(&waited, 1, Int32(time / .milliseconds(1)))) == 1
    }

    func read(count: Int) throws -> [UInt8] {
        while buffer.count - consumed < count {
            guard try receive() else { throw SystemFailure("the connection ended \(rest)") }
        }
        defer { consumed += count }
        return Array(buffer[consumed..<consumed + count])
    }

    private func read(through end: String) throws -> [UInt8] {
        let end = Array(end.utf8)
        var start = consumed
        while true {
            while start + end.count <= buffer.count {
                if buffer[start..<start + end.count].elementsEqual(end) {
                    return try read(count: start + end.count - consumed)
                }
                start += 1
            }
            guard try receive() else { throw SystemFailure("the connection ended \(rest)") }
        }
    }

    private var rest: String {
        let bytes = buffer[consumed...]
        return bytes.isEmpty ? "before anything came" : "after: " + String(decoding: bytes.prefix(2000), as: UTF8.self)
    }

    /// Waits for more and appends it. False at the end of the connection.
    private func receive() throws -> Bool {
        var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(limit / .milliseconds(1))
        guard try check("poll", poll(&waited, 1, milliseconds)) == 1 else {
            throw SystemFailure("nothing within \(limit) \(rest)")
        }
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = try check("recv", recv(socket, &piece, piece.count, 0))
        buffer += piece[..<count]
        return count > 0
    }
}
