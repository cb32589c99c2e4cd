import Glibc
import Synchronization
import Testing
import ZzzTLS

@testable import ZzzIO

/// A raw, blocking client, every call of which gives up after 20 seconds.
final class Client: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One response as it came.
    struct Response: Sendable {
        var version = ""
        var status = 0
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        var trailers: [(name: String, value: String)] = []
        /// The sizes of the chunks.
        var chunks: [Int] = []

        var text: String { String(decoding: body, as: UTF8.self) }
        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        func count(_ name: String) -> Int { headers.count { $0.name.lowercased() == name } }
        var closes: Bool { header("connection") == "close" }
    }

    let fd: Int32
    let tls: ClientTLS?
    private let isClosed = Atomic<Bool>(false)
    /// Received, and not used yet.
    private let pending = Mutex<[UInt8]>([])

    /// - Parameter receiveBuffer: SO_RCVBUF, for a reader that fills up soon.
    ///   `tls`: what TLS is spoken with; the handshake has ended when the client is there.
    ///   `preamble`: pieces that are sent before that, each on its own.
    init(
        _ address: SocketAddress, receiveBuffer: Int32? = nil, tls: TLSClientContext? = nil, preamble: [[UInt8]] = []
    ) throws {
        self.tls = tls.map { ClientTLS($0, host: nil) }
        fd = socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        try #require(fd >= 0)
        Self.limitWaiting(fd)
        if var receiveBuffer {
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var yes: Int32 = 1
        setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        let fd = fd
        if address.withSockaddr({ Glibc.connect(fd, $0, $1) }) != 0 {
            guard errno == EINTR, Self.finishesConnecting(fd) else {
                throw Failure(description: "connect \(address): errno \(errno)")
            }
        }
        for piece in preamble { try sendOnWire(piece) }
        if let tls = self.tls { try shakeHands(tls) }
    }

    /// Over a socket that is connected already, which becomes the client's.
    init(adopting fd: Int32) {
        self.fd = fd
        tls = nil
        Self.limitWaiting(fd)
    }

    private static func limitWaiting(_ fd: Int32) {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(fd, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private func shakeHands(_ tls: ClientTLS) throws {
        while true {
            let isOpen = try tls.handshake()
            let outgoing = tls.takeOutgoing()
            if sendRaw(outgoing) < outgoing.count { throw Failure(description: "send: errno \(errno)") }
            if isOpen { return }
            let bytes = try receiveRaw(65_536)
            if bytes.isEmpty { throw Failure(description: "the stream ended in the handshake") }
            tls.feed(bytes)
        }
    }

    /// connect(2): an interrupted attempt goes on, and the socket is writable when it has ended. A thread that made a
    /// ring is interrupted without a signal.
    private static func finishesConnecting(_ fd: Int32) -> Bool {
        var waiting = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        while poll(&waiting, 1, 10_000) < 0 {
            guard errno == EINTR else { return false }
        }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0
    }

    deinit { close() }

    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { Glibc.close(fd) }
    }

    /// Closes with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    func shutdownWrite() {
        if let tls {
            tls.closeNotify()
            _ = sendRaw(tls.takeOutgoing())
        }
        shutdown(fd, Int32(SHUT_WR))
    }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        let sent = sendSome(bytes)
        if sent < bytes.count { throw Failure(description: "send: errno \(errno) after \(sent) bytes") }
    }

    /// Sends until it is done or fails, and says how much went out.
    func sendSome(_ bytes: [UInt8]) -> Int {
        guard let tls else { return sendRaw(bytes) }
        tls.encrypt(bytes)
        let outgoing = tls.takeOutgoing()
        return sendRaw(outgoing) == outgoing.count ? bytes.count : 0
    }

    private func sendRaw(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// Past TLS, when there is one.
    func sendOnWire(_ bytes: [UInt8]) throws {
        if sendRaw(bytes) < bytes.count { throw Failure(description: "send: errno \(errno)") }
    }

    /// What the socket takes at once, without waiting.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        guard let tls else { return sendRawWithoutWaiting(bytes) }
        var outgoing = tls.takeOutgoing()
        let isFull = !outgoing.isEmpty
        if !isFull {
            tls.encrypt(bytes)
            outgoing = tls.takeOutgoing()
        }
        tls.giveBack(Array(outgoing[sendRawWithoutWaiting(outgoing)...]))
        return isFull ? 0 : bytes.count
    }

    private func sendRawWithoutWaiting(_ bytes: [UInt8]) -> Int {
        let count = bytes.withUnsafeBytes {
            Glibc.send(fd, $0.baseAddress!, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        return max(count, 0)
    }

    // MARK: Receiving

    /// At most `count` bytes; empty at the end of the stream.
    func receiveSome(_ count: Int = 65_536) throws -> [UInt8] {
        let kept = pending.withLock { pending in
            defer { pending = [] }
            return pending
        }
        if !kept.isEmpty { return kept }
        guard let tls else { return try receiveRaw(count) }
        while true {
            if let bytes = try tls.decrypt() { return bytes }
            let bytes = try receiveRaw(count)
            if bytes.isEmpty { return [] }
            tls.feed(bytes)
        }
    }

    private func receiveRaw(_ count: Int) throws -> [UInt8] {
        var result = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // EINTR without a signal: the kernel takes an io_uring down that this thread has made, for a test before.
            repeat { result = recv(fd, buffer.baseAddress, count, 0) } while result < 0 && errno == EINTR
            filled = max(result, 0)
        }
        if result < 0 { throw Failure(description: errno == EAGAIN ? "nothing came" : "receive: errno \(errno)") }
        return bytes
    }

    /// Everything up to the end. An error of the socket is the end, too.
    func receiveToEnd() -> [UInt8] {
        var all: [UInt8] = []
        while let some = try? receiveSome(), !some.isEmpty { all += some }
        return all
    }

    /// Exactly `count` bytes.
    func receive(_ count: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            let some = try receiveSome()
            if some.isEmpty { throw Failure(description: "the stream ended after \(all.count) of \(count) bytes") }
            all += some
        }
        keep(Array(all[count...]))
        return Array(all[..<count])
    }

    private func keep(_ bytes: [UInt8]) {
        pending.withLock { $0 = bytes + $0 }
    }

    /// Whether something arrives within that time.
    func hasInput(withinMilliseconds time: Int32) -> Bool {
        if pending.withLock({ !$0.isEmpty }) { return true }
        var entry = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, time) == 1
    }

    /// Requires that the server ends the connection, and that nothing comes before.
    func expectEnd(_ location: SourceLocation = #_sourceLocation) throws {
        do {
            let some = try receiveSome()
            #expect(some.isEmpty, "\(String(decoding: some, as: UTF8.self))", sourceLocation: location)
        } catch let failure as Failure {
            // A reset is an end.
            #expect(failure.description.hasSuffix("errno \(ECONNRESET)"), "\(failure)", sourceLocation: location)
        }
    }

    /// The bytes up to and with CRLF, without it.
    private func line() throws -> String {
        var all: [UInt8] = []
        while true {
            if let end = all.indices.first(where: { all[$0] == 0x0A }) {
                keep(Array(all[(end + 1)...]))
                guard end > 0, all[end - 1] == 0x0D else { throw Failure(description: "a line without CR") }
                return String(decoding: all[..<(end - 1)], as: UTF8.self)
            }
            let some = try receiveSome()
            if some.isEmpty {
                throw Failure(description: "the stream ended in a line: \(String(decoding: all, as: UTF8.self))")
            }
            all += some
        }
    }

    private func fields() throws -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        while true {
            let line = try line()
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: ":") else { throw Failure(description: "no field: \(line)") }
            fields.append((String(line[..<colon]), String(line[line.index(colon, offsetBy: 2)...])))
        }
    }

    /// The head of a response.
    func receiveHead() throws -> Response {
        var response = Response()
        let parts = try line().split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let status = Int(parts[1]) else {
            throw Failure(description: "no status line: \(parts)")
        }
        response.version = String(parts[0])
        response.status = status
        response.headers = try fields()
        return response
    }

    /// One whole response. `hasBody` is false for the answer to HEAD.
    func receiveResponse(hasBody: Bool = true) throws -> Response {
        var response = try receiveHead()
        let bodiless = response.status < 200 || response.status == 204 || response.status == 304
        if !hasBody || bodiless { return response }
        if response.header("transfer-encoding") == "chunked" {
            try receiveChunks(&response)
        } else if let length = response.header("content-length").flatMap({ Int($0) }) {
            response.body = try receive(length)
        } else {
            response.body = receiveToEnd()
        }
        return response
    }

    private func receiveChunks(_ response: inout Response) throws {
        while true {
            let line = try line()
            guard let size = Int(line, radix: 16) else { throw Failure(description: "no chunk size: \(line)") }
            if size == 0 { break }
            response.chunks.append(size)
            response.body += try receive(size)
            guard try receive(2) == [0x0D, 0x0A] else { throw Failure(description: "no CRLF behind a chunk") }
        }
        response.trailers = try fields()
    }

    /// Sends a request and receives its answer.
    func ask(_ request: String, hasBody: Bool = true) throws -> Response {
        try send(request)
        return try receiveResponse(hasBody: hasBody)
    }

    func get(_ path: String, _ headers: String = "") throws -> Response {
        try ask("GET \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
    }
}
