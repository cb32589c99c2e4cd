import Glibc
import Synchronization

/// Our end of a connection to the app: requests out, responses in. Its functions block, and belong to one thread at a
/// time.
final class ClientConnection: @unchecked Sendable {
    // @unchecked: `parser` and `isBroken` are used by the thread that has the connection; see ConnectionPool.
    private let fd: Int32
    private var parser = ResponseParser(method: "")
    /// What was read while the request was still being sent.
    private var events: [ResponseParser.Event] = []
    private var isBroken = false

    init(_ fd: Int32) { self.fd = fd }

    deinit {
        if !parser.hasEnded { cut() }
        close(fd)
    }

    /// Whether it can take another request, now that its response has ended.
    var isReusable: Bool { !isBroken && parser.isReusable && !hasInput }

    /// Between responses, input is the end: the server has closed the connection, or says so with a 408.
    private var hasInput: Bool { (try? wait(for: POLLIN, Deadline(.zero))) != 0 }

    /// Sends a request, until all of it is sent, or the server says that it takes no more.
    func send(_ bytes: [UInt8], method: String, _ deadline: Deadline) throws {
        parser = ResponseParser(method: method)
        events = []
        try write(bytes, deadline, isRequest: true)
    }

    /// Sends bytes: a request, or what goes over a connection that has become a socket.
    func write(_ bytes: [UInt8], _ deadline: Deadline, isRequest: Bool = false) throws {
        var sent = 0
        while sent < bytes.count {
            let ready = try wait(for: POLLIN | POLLOUT, deadline)
            guard ready != 0 else { throw TestFailure("the app did not take the request in time") }
            if ready & Int16(POLLIN) != 0 {
                try receive()
                // It has refused the request, and reads no further.
                if isRequest, !parser.isReusable || parser.hasEnded { return isBroken = true }
                if parser.hasEnded { return }
            }
            guard ready & Int16(POLLOUT) != 0 else { continue }
            let count = bytes[sent...].withUnsafeBytes { rest in
                Glibc.send(fd, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EPIPE || errno == ECONNRESET {
                // What was answered before it is still to be read.
                return isBroken = true
            } else if errno != EAGAIN, errno != EINTR {
                throw TestFailure("send: \(errorText())")
            }
        }
    }

    /// What the response says next.
    func next(_ deadline: Deadline) throws -> ResponseParser.Event {
        if let event = try nextInTime(deadline) { return event }
        isBroken = true
        throw TestFailure(parser.hasHead ? "the response did not go on in time" : "the app did not answer in time")
    }

    /// What the response says next; nil when that does not come in time.
    func nextInTime(_ deadline: Deadline) throws -> ResponseParser.Event? {
        while true {
            if !events.isEmpty { return events.removeFirst() }
            if let event = try parser.next() { return event }
            guard try wait(for: POLLIN, deadline) != 0 else { return nil }
            try receive()
        }
    }

    /// Reads what has come.
    private func receive() throws {
        try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = recv(fd, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                parser.feed(buffer[..<count])
                while let event = try parser.next() { events.append(event) }
                return
            }
            if count == 0 { return events.append(try parser.closed()) }
            guard errno != EAGAIN, errno != EINTR else { return }
            isBroken = true
            throw TestFailure("recv: \(errorText())")
        }
    }

    /// The events that have come, of those that are waited for; 0 when none did in time.
    private func wait(for events: CInt, _ deadline: Deadline) throws -> Int16 {
        var entry = pollfd(fd: fd, events: Int16(events), revents: 0)
        while true {
            let count = poll(&entry, 1, deadline.milliseconds)
            guard count < 0 else {
                // POLLERR and POLLHUP: the next call says what is the matter.
                return count == 0 ? 0 : entry.revents & Int16(events) != 0 ? entry.revents : Int16(events)
            }
            guard errno == EINTR else { throw TestFailure("poll: \(errorText())") }
        }
    }

    /// Leaves at once, also for a thread that waits here. A mere shutdown is no leaving over TCP: the response could
    /// still be wanted. AF_UNSPEC resets such a connection (connect(2)).
    func cut() {
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        if connect(fd, &nowhere, socklen_t(MemoryLayout<sockaddr>.size)) != 0 { shutdown(fd, CInt(SHUT_RDWR)) }
    }
}

/// The connections of one client that wait for the next request.
final class ConnectionPool: Sendable {
    private let app: RunningApp
    /// By whether they count as secure.
    private let idle = Mutex<[Bool: [ClientConnection]]>([:])

    init(_ app: RunningApp) { self.app = app }

    func take(isSecure: Bool) throws -> ClientConnection {
        while let connection = idle.withLock({ $0[isSecure]?.popLast() }) {
            if connection.isReusable { return connection }
        }
        return ClientConnection(try app.connect(isSecure: isSecure))
    }

    func giveBack(_ connection: ClientConnection, isSecure: Bool) {
        guard connection.isReusable else { return }
        idle.withLock { $0[isSecure, default: []].append(connection) }
    }
}
