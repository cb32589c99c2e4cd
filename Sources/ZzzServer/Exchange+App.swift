import ZzzAppABI
import ZzzHTTP
import ZzzIO

/// What an app can do with a request on its own loop: the body of each function of `zzz_http`, with the connection at
/// hand.
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

    static func state(_ text: String) -> Refusal { Refusal(status: zzz_status(ZZZ_ERROR_STATE), text: text) }

    private static func invalid(_ text: String) -> Refusal {
        Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: text)
    }

    /// The connection, unless it has ended or is about to.
    func liveConnection() throws(Refusal) -> Unmanaged<Connection> {
        guard let connection, connection._withUnsafeGuaranteedRef({ $0.phase != .closed }) else {
            throw Self.clientGone
        }
        return connection
    }

    private static var clientGone: Refusal {
        Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the client has gone")
    }

    /// A request may have one response.
    @inline(__always)
    func expectUnanswered() throws(Refusal) {
        guard response == .none else { throw Self.state("the request has been answered already") }
    }

    /// Maps a refused head: the request is still unanswered.
    func refused(_ failure: Connection.HeadFailure, _ response: UnsafePointer<zzz_http_response>) -> Refusal {
        let text =
            switch failure {
            case .invalidStatus: "status \(response.pointee.status) is not one of 200 to 599"
            case .invalidField(let index) where index < 0: "the content type has a control character (RFC 9110 5.5)"
            case .invalidField(let index):
                "header \(index) is not sent: its name is no token, or its value has CR, LF, NUL or another "
                    + "control character (RFC 9110 5.5)"
            case .reservedField(let index):
                "header \(index) is the host's: Connection, Transfer-Encoding, or a Content-Length that is not the "
                    + "body's"
            }
        return Self.invalid(text)
    }

    // MARK: Whole responses

    /// zzz_http.respond
    @inline(__always)
    func respond(_ response: UnsafePointer<zzz_http_response>) throws(Refusal) {
        let connection = try liveConnection()
        try expectUnanswered()
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            let body = response.pointee.body.buffer
            let sent =
                connection.sendsBody(self, status: response.pointee.status)
                ? body : UnsafeRawBufferPointer(start: nil, count: 0)
            // A 304 has no length of its own; the one of the 200 that it stands for is not known here.
            let framing: Connection.Framing =
                response.pointee.status == 304 && body.count == 0 ? .none : .length(body.count)
            do throws(Connection.HeadFailure) {
                try connection.writeHead(self, response, framing, body: sent, isWhole: true)
            } catch {
                return error
            }
            responseBodyBytes = UInt64(sent.count)
            connection.finishResponse(self)
            return nil
        }
        if let failure { throw refused(failure, response) }
    }

    /// zzz_http.send_file
    func respond(
        _ response: UnsafePointer<zzz_http_response>, file: OwnedFile, offset: Int, length: Int
    ) throws(Refusal) {
        let connection = try liveConnection()
        try expectUnanswered()
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            connection.prepareFile(byteCount: length)
            do throws(Connection.HeadFailure) {
                try connection.writeHead(
                    self, response, .length(length), body: UnsafeRawBufferPointer(start: nil, count: 0), isWhole: true)
            } catch {
                return error
            }
            if connection.sendsBody(self, status: response.pointee.status), length > 0 {
                connection.sendFile(file.take(), offset: offset, length: length)
                connection.writtenBytes &+= UInt64(length)
                responseBodyBytes = UInt64(length)
            }
            connection.finishResponse(self)
            return nil
        }
        if let failure { throw refused(failure, response) }
    }

    /// zzz_http.temporary_file
    func keepTemporaryFile(_ file: OwnedFile) throws(Refusal) {
        guard temporaryFiles.count < Self.mostTemporaryFiles else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_LIMIT), text: "more than \(Self.mostTemporaryFiles) temporary files")
        }
        temporaryFiles.append(file)
    }

    private static var mostTemporaryFiles: Int { 1024 }

    /// zzz_http.inform
    func inform(_ status: UInt16, _ headers: UnsafeBufferPointer<zzz_header>) throws(Refusal) {
        let connection = try liveConnection()
        guard (100...199).contains(status), status != 101 else {
            throw Self.invalid("an interim status is one of 100 to 199 but 101")
        }
        guard response == .none else { throw Self.state("the response has begun: interim responses come before it") }
        if head.versionMinor == 0 { return }
        try connection.borrow { connection throws(Refusal) in
            try expectRoom(in: connection)
            guard connection.writeInterim(status, headers) else {
                throw Self.invalid("an interim header is malformed (RFC 9110 5.5), or one that the host writes")
            }
        }
    }

    // MARK: Streamed responses

    /// zzz_http.begin
    func begin(_ response: UnsafePointer<zzz_http_response>, contentLength: Int64) throws(Refusal) {
        let connection = try liveConnection()
        try expectUnanswered()
        let first = response.pointee.body.buffer
        guard contentLength < 0 || Int64(first.count) <= contentLength else {
            throw Self.invalid(
                "the first piece has \(first.count) bytes, more than the content length \(contentLength)")
        }
        let framing = framing(status: response.pointee.status, contentLength: contentLength)
        if first.count > 0 { try connection.borrow { c throws(Refusal) in try expectRoom(in: c) } }
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            do throws(Connection.HeadFailure) {
                try connection.writeHead(
                    self, response, framing, body: UnsafeRawBufferPointer(start: nil, count: 0), isWhole: false)
            } catch {
                return error
            }
            return nil
        }
        if let failure { throw refused(failure, response) }
        self.response = .streaming
        connection._withUnsafeGuaranteedRef {
            $0.answerDeadline = .max
            $0.lastWriteMilliseconds = $0.loop.nowMilliseconds
        }
        if case .chunked = framing { isChunkedResponse = true }
        if case .close = framing { isCloseDelimited = true }
        responseBytesLeft = contentLength
        if first.count > 0 { _ = try write(first) }
    }

    /// How the end of a streamed body is told (RFC 9112 section 6.3).
    private func framing(status: UInt16, contentLength: Int64) -> Connection.Framing {
        if contentLength >= 0 { return .length(Int(contentLength)) }
        // RFC 9112 section 6.1: no transfer coding where there is no body.
        if status == 204 || status == 304 { return .none }
        return head.versionMinor == 0 ? .close : .chunked
    }

    /// zzz_http.write: whether more than the high-water mark is waiting now.
    /// - Parameter isAdmitted: another thread has been told that the bytes are taken.
    func write(_ bytes: UnsafeRawBufferPointer, isAdmitted: Bool = false) throws(Refusal) -> Bool {
        let connection = try liveConnection()
        guard response == .streaming else { throw Self.state("write needs a response that has begun and not finished") }
        guard responseBytesLeft < 0 || bytes.count <= responseBytesLeft else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_LIMIT),
                text: "\(bytes.count) bytes are more than the \(responseBytesLeft) that are left of the content length")
        }
        return try connection.borrow { connection throws(Refusal) in
            // A socket that has failed just now: `connectionClosed` follows, but this writer may not return before.
            guard !connection.isGone else { throw Self.clientGone }
            if !isAdmitted { try expectRoom(in: connection) }
            if responseBytesLeft >= 0 { responseBytesLeft -= Int64(bytes.count) }
            return write(bytes, to: connection)
        }
    }

    /// Response bytes above which a writer is told to wait.
    var highWaterBytes: Int {
        site?._withUnsafeGuaranteedRef { $0.limits.responseBufferedBytes } ?? 1 << 20
    }

    /// A writer that does not wait is refused when more than this many times the high-water mark is waiting.
    static var refusedAtHighWaterMarks: Int { 8 }

    private func expectRoom(in connection: Connection) throws(Refusal) {
        guard connection.queuedBytes <= highWaterBytes * Self.refusedAtHighWaterMarks else { throw Self.tooMuchWaits }
    }

    static var tooMuchWaits: Refusal {
        Refusal(
            status: zzz_status(ZZZ_ERROR_LIMIT),
            text: "too much is waiting for the client already: after ZZZ_WAIT, wait for on_writable")
    }

    /// What another thread has posted has arrived.
    func writeRemote(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
        remoteWrites.noteQueued(bytes.count)
        defer {
            if connection?._withUnsafeGuaranteedRef({ $0.queuedBytes == 0 }) != false { remoteWrites.noteDrained() }
        }
        _ = try write(bytes, isAdmitted: true)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to connection: Connection) -> Bool {
        guard bytes.count > 0, isUpgraded || connection.sendsBody(self, status: status) else { return false }
        responseBodyBytes &+= UInt64(bytes.count)
        connection.lastWriteMilliseconds = connection.loop.nowMilliseconds
        if isChunkedResponse { connection.writeChunk(bytes) } else { connection.writePlain(bytes) }
        let highWater = highWaterBytes
        if connection.queuedBytes > highWater, !connection.isAdvancing { connection.flush() }
        if connection.queuedBytes > 0 { connection.watchWriting() }
        return connection.queuedBytes > highWater
    }

    /// zzz_http.finish
    func finish(_ trailers: UnsafeBufferPointer<zzz_header>) throws(Refusal) {
        let connection = try liveConnection()
        guard response == .streaming else {
            throw Self.state("finish needs a response that has begun and not finished")
        }
        try connection.borrow { connection throws(Refusal) in
            if responseBytesLeft > 0, connection.sendsBody(self, status: status) {
                // The client was promised more: it must not take what has come for the whole.
                connection.cutResponse(self)
                throw Self.state("\(responseBytesLeft) bytes of the content length are missing: the connection is cut")
            }
            if isChunkedResponse, connection.sendsBody(self, status: status), !connection.writeLastChunk(trailers) {
                throw Self.invalid("a trailer is malformed (RFC 9110 5.5), or one that may not be a trailer")
            }
            if isUpgraded || !connection.discardReceivedBody(self) { connection.closesAfterResponse = true }
            connection.finishResponse(self)
        }
    }

    /// zzz_http.abort
    func abort() throws(Refusal) {
        let connection = try liveConnection()
        connection._withUnsafeGuaranteedRef { $0.cutResponse(self) }
    }

    /// zzz_http.upgrade
    func upgrade(_ headers: UnsafeBufferPointer<zzz_header>) throws(Refusal) {
        let connection = try liveConnection()
        guard head.hasUpgrade else { throw Self.state("the request asks for no upgrade (RFC 9110 7.8)") }
        guard !head.hasBody else { throw Self.state("a request with a body is not upgraded") }
        try expectUnanswered()
        var answer = zzz_http_response()
        answer.size = UInt32(MemoryLayout<zzz_http_response>.size)
        answer.status = 101
        answer.headers = headers.baseAddress
        answer.header_count = UInt32(headers.count)
        let failure: Connection.HeadFailure? = connection._withUnsafeGuaranteedRef { connection in
            do throws(Connection.HeadFailure) {
                try connection.writeHead(
                    self, &answer, .upgrade, body: UnsafeRawBufferPointer(start: nil, count: 0), isWhole: false)
            } catch {
                return error
            }
            connection.separateBody()
            connection.bodyDeadline = .max
            return nil
        }
        if let failure { throw refused(failure, &answer) }
        response = .streaming
        connection._withUnsafeGuaranteedRef { $0.answerDeadline = .max }
        isUpgraded = true
        body.beginUntilClose()
    }
}
