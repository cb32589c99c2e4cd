import ZzzAppABI
import ZzzHTTP
import ZzzRouter

/// Responses of the server itself.
extension Connection {
    /// Answers a request in the server's own words. The connection goes on when the request's framing is sound.
    func respond(
        _ exchange: Exchange, status: UInt16, _ detail: String, allow: MethodSet? = nil, retryAfterSeconds: Int? = nil
    ) {
        var text = ""
        if status != 204 {
            text = "\(status) \(Status(status).reasonPhrase)\n"
            if !detail.isEmpty { text += detail + "\n" }
        }
        let field = retryAfterSeconds.map { ("retry-after", "\($0)") } ?? allow.map { ("allow", $0.allowFieldValue) }
        withOwnResponse(status, text, field) { response, body in
            let sent = sendsBody(exchange, status: status) ? body : UnsafeRawBufferPointer(start: nil, count: 0)
            do throws(HeadFailure) {
                try writeHead(exchange, response, .length(body.count), body: sent, isWhole: true)
            } catch {
                preconditionFailure("the server's own response is refused: \(error)")
            }
            exchange.responseBodyBytes = UInt64(sent.count)
        }
        finishResponse(exchange)
    }

    private func withOwnResponse(
        _ status: UInt16, _ text: String, _ field: (name: String, value: String)?,
        _ body: (UnsafePointer<zzz_http_response>, UnsafeRawBufferPointer) -> Void
    ) {
        var text = text
        var (name, value) = field ?? ("", "")
        var type = "text/plain; charset=utf-8"
        text.withUTF8 { text in
            value.withUTF8 { value in
                name.withUTF8 { name in
                    type.withUTF8 { type in
                        var field = zzz_header(
                            name: zzz_bytes(UnsafeRawBufferPointer(name)),
                            value: zzz_bytes(UnsafeRawBufferPointer(value)))
                        withUnsafePointer(to: &field) { field in
                            var response = zzz_http_response()
                            response.size = UInt32(MemoryLayout<zzz_http_response>.size)
                            response.status = status
                            response.headers = field
                            response.header_count = name.isEmpty ? 0 : 1
                            if !text.isEmpty { response.content_type = zzz_bytes(UnsafeRawBufferPointer(type)) }
                            body(&response, UnsafeRawBufferPointer(text))
                        }
                    }
                }
            }
        }
    }

    /// The request cannot be read on: an answer where one can still be given, and the end of the connection.
    func refuse(status: Int, _ detail: StaticString) {
        refuse(status: status, "\(detail)")
    }

    func refuse(status: Int, _ detail: String) {
        closesAfterResponse = true
        guard let exchange else { return cut() }
        exchange._withUnsafeGuaranteedRef { exchange in
            if exchange.response != .none { return cut() }
            if phase == .head { exchange.clearRequest() }
            phase = .handling
            respond(exchange, status: UInt16(status), detail)
            exchange.settle()
        }
    }

    /// Every slot is in use: that many requests in flight on one loop are refused rather than queued.
    func refuseWithoutExchange(_ worker: Worker) {
        closesAfterResponse = true
        let text: StaticString = """
            HTTP/1.1 503 Service Unavailable\r
            content-length: 0\r
            connection: close\r
            retry-after: 1\r
            \r\n
            """
        writePlain(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        worker.statistics.count(status: 503)
    }
}
