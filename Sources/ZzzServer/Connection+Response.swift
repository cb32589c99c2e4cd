import Glibc
import ZzzAppABI
import ZzzHTTP
import ZzzIO
import ZzzRouter

/// Response heads and bodies on their way into the stream's output (RFC 9112 sections 6 and 7).
extension Connection {
    /// How the end of a response's body is told.
    enum Framing {
        case length(Int)
        case chunked
        /// HTTP/1.0, and no length: the body ends with the connection.
        case close
        /// 101: what follows is no HTTP.
        case upgrade
        /// 204 and 304: there is no body, and its length is not known here.
        case none

        @inline(__always)
        var isUpgrade: Bool { if case .upgrade = self { true } else { false } }
    }

    /// Why a head was not written.
    enum HeadFailure: Error {
        case invalidStatus
        case invalidField(index: Int)
        /// A field that the host writes itself, or a Content-Length that is wrong.
        case reservedField(index: Int)
    }

    /// Whether a response to this request has a body at all (RFC 9110 sections 9.3.2, 15.3.5, 15.4.5).
    @inline(__always)
    func sendsBody(_ exchange: Exchange, status: UInt16) -> Bool {
        exchange.head.method != .head && status != 204 && status != 304
    }

    /// Writes a head, and with it `body` when there is one, in one piece of memory. Nothing has happened when it fails.
    ///
    /// - Parameter isWhole: the response ends with this call, so what of the request's body was not read is not read
    /// any more.
    @inline(__always)
    func writeHead(
        _ exchange: Exchange, _ response: UnsafePointer<zzz_http_response>, _ framing: Framing,
        body: UnsafeRawBufferPointer, isWhole: Bool
    ) throws(HeadFailure) {
        let status = response.pointee.status
        guard status >= 200 && status <= 599 || framing.isUpgrade else { throw .invalidStatus }
        let count = Int(response.pointee.header_count)
        let contentType = response.pointee.content_type.buffer
        var size = ResponseHead.fixedBytes &+ contentType.count &+ 32 &+ body.count
        for index in 0..<count {
            let header = response.pointee.headers[index]
            size &+= header.name.count &+ header.value.count &+ 4
        }
        let start = reserve(size)
        var position = ResponseHead.writeStatusLine(Status(status), to: start)
        position = worker.date.writeField(to: position)
        if contentType.count > 0 {
            guard HeaderValidation.isValidValue(contentType) else { throw .invalidField(index: -1) }
            position = ResponseHead.write("content-type: ", to: position)
            position.copyMemory(from: contentType.baseAddress.unsafelyUnwrapped, byteCount: contentType.count)
            position = ResponseHead.write("\r\n", to: position + contentType.count)
        }
        for index in 0..<count {
            let header = response.pointee.headers[index]
            if try isLeftOut(header, index, framing) { continue }
            guard let next = ResponseHead.writeField(name: header.name.buffer, value: header.value.buffer, to: position)
            else { throw .invalidField(index: index) }
            position = next
        }
        // From here on nothing is refused.
        position = writeConnectionField(exchange, response.pointee.flags, framing, isWhole, to: position)
        switch framing {
        case .length(let length) where status != 204: position = ResponseHead.writeContentLength(length, to: position)
        case .chunked: position = ResponseHead.writeChunked(to: position)
        case .length, .close, .upgrade, .none: break
        }
        position = ResponseHead.writeEnd(to: position)
        if let source = body.baseAddress {
            memcpy(position, source, body.count)
            position += body.count
        }
        put(position - start)
        exchange.status = status
    }

    /// `commit`, counted.
    @inline(__always)
    private func put(_ count: Int) {
        commit(count)
        writtenBytes &+= UInt64(truncatingIfNeeded: count)
    }

    @inline(__always)
    private func writeConnectionField(
        _ exchange: Exchange, _ flags: UInt16, _ framing: Framing, _ isWhole: Bool,
        to position: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        if case .upgrade = framing { return ResponseHead.write("connection: upgrade\r\n", to: position) }
        var keeps = exchange.head.isKeepAlive && !closesAfterResponse && !worker.isDraining
        if flags & UInt16(ZZZ_RESPONSE_CLOSE) != 0 { keeps = false }
        let mostRequests = worker.limits.requestsPerConnection
        if mostRequests > 0, Int(served) + 1 >= mostRequests { keeps = false }
        if case .close = framing { keeps = false }
        if isWhole, exchange.head.hasBody, keeps, !discardReceivedBody(exchange) { keeps = false }
        guard keeps else {
            closesAfterResponse = true
            return ResponseHead.writeConnectionClose(to: position)
        }
        return exchange.head.versionMinor == 0 ? ResponseHead.writeConnectionKeepAlive(to: position) : position
    }

    /// Whether the host writes this field itself. Connection, Transfer-Encoding and a wrong Content-Length are refused.
    @inline(__always)
    private func isLeftOut(_ header: zzz_header, _ index: Int, _ framing: Framing) throws(HeadFailure) -> Bool {
        let name = header.name.buffer
        switch name.count {
        case 10 where name.isCaseInsensitivelyEqual(to: "connection"),
            17 where name.isCaseInsensitivelyEqual(to: "transfer-encoding"):
            throw .reservedField(index: index)
        case 14 where name.isCaseInsensitivelyEqual(to: "content-length"):
            guard case .length(let length) = framing, header.value.buffer.isDecimal(length) else {
                throw .reservedField(index: index)
            }
            return true
        case 4 where name.isCaseInsensitivelyEqual(to: "date"):
            return true
        default: return false
        }
    }

    /// The response is complete, as far as the app is concerned.
    @inline(__always)
    func finishResponse(_ exchange: Exchange) {
        exchange.response = .finished
        worker.statistics.count(status: exchange.status)
        exchange.countEnd(worker)
        if worker.logsAccess { worker.logAccess(exchange, self) }
        // Otherwise `advance` or `callHandler` goes on from there.
        if exchange.isInHandler || isAdvancing { return }
        if queuedBytes > 0 { watchWriting() }
        flush()
        scheduleResume()
    }

    // MARK: Pieces

    /// One chunk. `bytes` is not empty.
    func writeChunk(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        let size = ChunkedEncoder.sizeLineBytes(bytes.count) + bytes.count + ChunkedEncoder.chunkEndBytes
        let start = reserve(size)
        let position = ChunkedEncoder.writeSizeLine(bytes.count, to: start)
        memcpy(position, source, bytes.count)
        _ = ResponseHead.write("\r\n", to: position + bytes.count)
        put(size)
    }

    /// Bytes of a body whose end is told in another way.
    func writePlain(_ bytes: UnsafeRawBufferPointer) {
        write(bytes)
        writtenBytes &+= UInt64(bytes.count)
    }

    func writeContinue() {
        let text: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
        writePlain(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        flush()
    }

    /// The last chunk with the trailers; false, and nothing written, when one of them may not be sent.
    func writeLastChunk(_ trailers: UnsafeBufferPointer<zzz_header>) -> Bool {
        writeFields("0\r\n", trailers)
    }

    /// An interim response; false, and nothing written, when a header may not be sent.
    func writeInterim(_ status: UInt16, _ headers: UnsafeBufferPointer<zzz_header>) -> Bool {
        var line = [UInt8](repeating: 0, count: ResponseHead.fixedBytes)
        let count = line.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return ResponseHead.writeStatusLine(Status(status), to: start) - start
        }
        guard writeFields(line[..<count], headers) else { return false }
        flush()
        return true
    }

    private func writeFields(_ first: StaticString, _ fields: UnsafeBufferPointer<zzz_header>) -> Bool {
        writeFields(UnsafeBufferPointer(start: first.utf8Start, count: first.utf8CodeUnitCount)[...], fields)
    }

    /// `first`, the fields and an empty line.
    private func writeFields(_ first: some Collection<UInt8>, _ fields: UnsafeBufferPointer<zzz_header>) -> Bool {
        var size = first.count + 2
        for field in fields { size += field.name.count + field.value.count + 4 }
        let start = reserve(size)
        UnsafeMutableRawBufferPointer(start: start, count: first.count).copyBytes(from: first)
        var position = start + first.count
        for field in fields {
            let name = field.name.buffer
            guard !Self.isFraming(name),
                let next = ResponseHead.writeField(name: name, value: field.value.buffer, to: position)
            else { return false }
            position = next
        }
        put(ResponseHead.writeEnd(to: position) - start)
        return true
    }

    /// Fields that say where the message ends, which have no place in interim responses and trailers (RFC 9110 sections
    /// 6.5.1,
    /// 8.6, RFC 9112 section 6.1).
    private static func isFraming(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 10: name.isCaseInsensitivelyEqual(to: "connection")
        case 14: name.isCaseInsensitivelyEqual(to: "content-length")
        case 17: name.isCaseInsensitivelyEqual(to: "transfer-encoding")
        default: false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// ASCII letters in any case. `name` is in lower case and as long as these bytes.
    @inline(__always)
    func isCaseInsensitivelyEqual(to name: StaticString) -> Bool {
        for index in 0..<count where self[index] | 0x20 != name.utf8Start[index] | 0x20 { return false }
        return true
    }

    /// Whether these bytes are `number` in decimal digits.
    func isDecimal(_ number: Int) -> Bool {
        var value = 0
        guard count > 0, count <= 18 else { return false }
        for byte in self {
            guard byte >= 0x30, byte <= 0x39 else { return false }
            value = value * 10 + Int(byte - 0x30)
        }
        return value == number
    }
}
