import CLinux
import Glibc
import ZzzAppABI
import ZzzHTTP
import ZzzIO

/// What an app can do with a request on its own loop: the body of each function of `zzz_http`, with the connection at hand.
extension Exchange {
    /// Why a call was refused; `text` goes into the app's error struct.
    public struct Refusal: Error {
        public let status: zzz_status
        public let text: String

        public init(status: zzz_status, text: String) {
            self.status = status
            self.text = text
        }
    }

    private static func state(_ text: String) -> Refusal { Refusal(status: zzz_status(ZZZ_ERROR_STATE), text: text) }

    private func liveConnection() throws(Refusal) -> Unmanaged<Connection> {
        guard let connection else { throw Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the client has gone") }
        return connection
    }

    /// Claims the one response this request may have.
    @inline(__always)
    private func claim() throws(Refusal) {
        if isClaimed.exchange(true, ordering: .relaxed) { throw Self.state("the request has been answered already") }
    }

    /// Maps a refused head, and gives the claim back: the request is still unanswered.
    private func refused(_ failure: Connection.HeadFailure, _ response: UnsafePointer<zzz_http_response>) -> Refusal {
        isClaimed.store(false, ordering: .relaxed)
        let text =
            switch failure {
            case .invalidStatus: "status \(response.pointee.status) is not one of 200 to 599"
            case .invalidField(let index) where index < 0: "the content type has a control character (RFC 9110 5.5)"
            case .invalidField(let index):
                "header \(index) is not sent: its name is no token, or its value has CR, LF, NUL or another "
                    + "control character (RFC 9110 5.5)"
            case .reservedField(let index):
                "header \(index) is the host's: Connection, Transfer-Encoding, or a Content-Length that is not the body's"
            }
        return Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: text)
    }

    // MARK: Whole responses

    /// zzz_http.respond
    @inline(__always)
    func respond(_ response: UnsafePointer<zzz_http_response>) throws(Refusal) {
        let connection = try liveConnection()
        try claim()
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            let body = response.pointee.body.buffer
            let sent =
                connection.sendsBody(self, status: response.pointee.status)
                ? body : UnsafeRawBufferPointer(start: nil, count: 0)
            // A 304 has no length of its own; the one of the 200 that it stands for is not known here.
            let framing: Connection.Framing =
                response.pointee.status == 304 && body.count == 0 ? .none : .length(body.count)
            do throws(Connection.HeadFailure) {
                try connection.writeHead(self, response, framing, body: sent)
            } catch {
                return error
            }
            responseBodyBytes = UInt64(sent.count)
            connection.finishResponse(self)
            return nil
        }
        if let failure { throw refused(failure, response) }
    }

    /// zzz_http.send_file: `file` is open, and belongs to this call.
    func respond(_ response: UnsafePointer<zzz_http_response>, file: Int32, offset: Int, length: Int) throws(Refusal) {
        var isTaken = false
        defer { if !isTaken { close(file) } }
        let connection = try liveConnection()
        try claim()
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            do throws(Connection.HeadFailure) {
                try connection.writeHead(
                    self, response, .length(length), body: UnsafeRawBufferPointer(start: nil, count: 0))
            } catch {
                return error
            }
            if connection.sendsBody(self, status: response.pointee.status), length > 0 {
                isTaken = true
                connection.sendFile(file, offset: offset, length: length)
                responseBodyBytes = UInt64(length)
            }
            connection.finishResponse(self)
            if connection.queuedBytes > 0 { connection.watchWriting() }
            return nil
        }
        if let failure { throw refused(failure, response) }
    }

    /// zzz_http.inform
    func inform(_ status: UInt16, _ headers: UnsafeBufferPointer<zzz_header>) throws(Refusal) {
        let connection = try liveConnection()
        guard (100...199).contains(status), status != 101 else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_INVALID), text: "an interim status is one of 100 to 199 but 101")
        }
        guard response == .none, !isClaimed.load(ordering: .relaxed) else {
            throw Self.state("the response has begun: interim responses come before it")
        }
        if head.versionMinor == 0 { return }
        let isWritten = connection._withUnsafeGuaranteedRef { $0.writeInterim(status, headers) }
        guard isWritten else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: "an interim header is malformed (RFC 9110 5.5)")
        }
    }

    // MARK: Streamed responses

    /// zzz_http.begin
    func begin(_ response: UnsafePointer<zzz_http_response>, contentLength: Int64) throws(Refusal) {
        let connection = try liveConnection()
        try claim()
        let isOld = head.versionMinor == 0
        let framing: Connection.Framing =
            contentLength >= 0 ? .length(Int(contentLength)) : isOld ? .close : .chunked
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            do throws(Connection.HeadFailure) {
                try connection.writeHead(self, response, framing, body: UnsafeRawBufferPointer(start: nil, count: 0))
            } catch {
                return error
            }
            return nil
        }
        if let failure { throw refused(failure, response) }
        self.response = .streaming
        isChunkedResponse = contentLength < 0 && !isOld
        responseBytesLeft = contentLength
        let first = response.pointee.body.buffer
        if first.count > 0 { _ = try write(first) }
    }

    /// zzz_http.write: whether more than the high-water mark is waiting now.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Bool {
        let connection = try liveConnection()
        guard response == .streaming else { throw Self.state("write needs a response that has begun and not finished") }
        if responseBytesLeft >= 0 {
            guard bytes.count <= responseBytesLeft else {
                throw Refusal(
                    status: zzz_status(ZZZ_ERROR_LIMIT),
                    text: "\(bytes.count) bytes are more than the \(responseBytesLeft) that are left of the content length")
            }
            responseBytesLeft -= Int64(bytes.count)
        }
        let highWater = site?._withUnsafeGuaranteedRef { $0.limits.responseBufferedBytes } ?? 1 << 20
        return try write(bytes, to: connection.takeUnretainedValue(), highWater)
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, to connection: Connection, _ highWater: Int
    ) throws(Refusal) -> Bool {
        guard connection.queuedBytes <= highWater * 8 else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_LIMIT),
                text: "\(connection.queuedBytes) bytes are waiting for the client: wait for on_writable after ZZZ_WAIT")
        }
        guard bytes.count > 0, isUpgraded || connection.sendsBody(self, status: status) else { return false }
        responseBodyBytes &+= UInt64(bytes.count)
        if isChunkedResponse { connection.writeChunk(bytes) } else { connection.write(bytes) }
        if connection.queuedBytes > highWater, !connection.isAdvancing { connection.flush() }
        let isFull = connection.queuedBytes > highWater
        if isFull { connection.watchWriting() }
        return isFull
    }

    /// zzz_http.finish
    func finish(_ trailers: UnsafeBufferPointer<zzz_header>) throws(Refusal) {
        let connection = try liveConnection()
        guard response == .streaming else { throw Self.state("finish needs a response that has begun and not finished") }
        if responseBytesLeft > 0, connection._withUnsafeGuaranteedRef({ $0.sendsBody(self, status: status) }) {
            // The client was promised more: it must not take what has come for the whole.
            try abort()
            throw Self.state("\(responseBytesLeft) bytes of the content length are missing: the connection is cut")
        }
        let stream = connection.takeUnretainedValue()
        if isChunkedResponse, stream.sendsBody(self, status: status), !stream.writeLastChunk(trailers) {
            throw Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: "a trailer is malformed (RFC 9110 5.5)")
        }
        if isUpgraded { stream.closesAfterResponse = true }
        stream.finishResponse(self)
        if stream.queuedBytes > 0 { stream.watchWriting() }
    }

    /// zzz_http.abort
    func abort() throws(Refusal) {
        let connection = try liveConnection()
        worker.statistics.aborted &+= 1
        isClaimed.store(true, ordering: .relaxed)
        connection._withUnsafeGuaranteedRef { $0.close() }
    }

    /// zzz_http.upgrade
    func upgrade(_ headers: UnsafeBufferPointer<zzz_header>) throws(Refusal) {
        let connection = try liveConnection()
        guard head.hasUpgrade else { throw Self.state("the request asks for no upgrade (RFC 9110 7.8)") }
        guard !head.hasBody else { throw Self.state("a request with a body is not upgraded") }
        try claim()
        var answer = zzz_http_response()
        answer.size = UInt32(MemoryLayout<zzz_http_response>.size)
        answer.status = 101
        answer.headers = headers.baseAddress
        answer.header_count = UInt32(headers.count)
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            do throws(Connection.HeadFailure) {
                try connection.writeHead(self, &answer, .upgrade, body: UnsafeRawBufferPointer(start: nil, count: 0))
            } catch {
                return error
            }
            connection.separateBody()
            connection.clearDeadline()
            return nil
        }
        if let failure { throw refused(failure, &answer) }
        response = .streaming
        isUpgraded = true
        body.beginUntilClose()
    }

    // MARK: The request's body and end

    /// zzz_http.read_body
    func readBody(_ callback: BodyCallback) throws(Refusal) {
        let connection = try liveConnection()
        guard onBody == nil else { throw Self.state("a read_body is waiting already") }
        guard response != .finished else { throw Self.state("the response has ended: the body is not read any more") }
        guard phaseAllowsReading else { throw Self.state("the body was handed over whole") }
        onBody = callback
        connection._withUnsafeGuaranteedRef { if !$0.isAdvancing { $0.scheduleResume() } }
    }

    private var phaseAllowsReading: Bool {
        isUpgraded || Int32(request.pointee.flags) & Int32(ZZZ_REQUEST_BODY_COMPLETE) == 0
            || request.pointee.body.count == 0
    }

    /// zzz_http.on_writable
    func notifyWritable(_ callback: Callback) throws(Refusal) {
        let connection = try liveConnection()
        guard onWritable == nil else { throw Self.state("an on_writable is waiting already") }
        onWritable = callback
        connection._withUnsafeGuaranteedRef { if $0.queuedBytes == 0 { $0.scheduleResume() } }
    }

    /// zzz_http.on_closed
    func notifyClosed(_ callback: Callback) throws(Refusal) {
        _ = try liveConnection()
        guard onClosed == nil else { throw Self.state("an on_closed is waiting already") }
        onClosed = callback
    }

    /// zzz_http.peer
    func peer() throws(Refusal) -> SocketAddress {
        let connection = try liveConnection()
        return connection._withUnsafeGuaranteedRef { $0.peer }
    }

    // MARK: Events of the connection

    /// Less is waiting to be written than before.
    func becameWritable() {
        guard let callback = onWritable else { return }
        onWritable = nil
        call(callback)
    }

    /// The client has gone. The request's bytes stay with the exchange for as long as an app holds it.
    func connectionClosed(input: inout InputBuffer) {
        connection = nil
        if retains > 0 || isInHandler {
            pinned = input
            input = InputBuffer()
        }
        retains += 1
        if response != .finished {
            if let callback = onBody {
                onBody = nil
                _ = worker.callApp {
                    callback.function(callback.user, handle.pointer, UInt32(ZZZ_BODY_FAILED), zzz_bytes())
                }
            }
            if let callback = onClosed {
                onClosed = nil
                call(callback)
            }
        }
        if let callback = onWritable {
            // A writer that waits finds out that the client has gone.
            onWritable = nil
            call(callback)
        }
        retains -= 1
        settle()
    }

    private func call(_ callback: Callback) {
        retains += 1
        _ = worker.callApp { callback.function(callback.user, handle.pointer) }
        retains -= 1
        settle()
    }
}
