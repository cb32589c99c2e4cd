import ZzzAppABI
import ZzzHTTP
import ZzzWebSocket

/// From a request to a socket (RFC 6455 section 4.2).
extension Exchange {
    /// Answers the handshake: 101, and the connection is the socket's; or why not.
    /// - Parameter make: the socket, once it is certain that there will be one.
    func accept(
        subprotocols: [String], compression: CompressionPolicy?, headers: OwnedHeaders,
        make: (CompressionParameters?) throws(Refusal) -> WebSocket
    ) throws(Refusal) -> WebSocket {
        let connection = try liveConnection()
        try expectUnanswered()
        let acceptance: ServerHandshake.Acceptance
        do throws(ServerHandshake.Refusal) {
            guard !connection._withUnsafeGuaranteedRef({ $0.worker.isDraining }) else { throw .draining }
            acceptance = try ServerHandshake(subprotocols: subprotocols, compression: compression)
                .accept(handshakeRequest())
        } catch {
            try refuseHandshake(error)
            throw Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: "answered \(error.status): \(error.reason)")
        }
        let socket = try make(acceptance.compression)
        let fields = OwnedHeaders(acceptance.fields.map { ($0.name, $0.value) }) + headers
        try fields.with { fields throws(Refusal) in
            try connection.borrow { connection throws(Refusal) in
                try writeSwitch(fields, connection)
                become(socket, connection)
            }
        }
        return socket
    }

    private func writeSwitch(
        _ fields: UnsafeBufferPointer<zzz_header>, _ connection: Connection
    ) throws(Refusal) {
        var answer = zzz_http_response()
        answer.size = UInt32(MemoryLayout<zzz_http_response>.size)
        answer.status = 101
        answer.headers = fields.baseAddress
        answer.header_count = UInt32(fields.count)
        do throws(Connection.HeadFailure) {
            try connection.writeHead(
                self, &answer, .upgrade, body: UnsafeRawBufferPointer(start: nil, count: 0), isWhole: false)
        } catch {
            throw refused(error, &answer)
        }
    }

    /// The request has ended, and the connection goes on without it.
    private func become(_ socket: WebSocket, _ connection: Connection) {
        response = .finished
        connection.worker.statistics.count(status: 101)
        countEnd(connection.worker)
        if connection.worker.logsAccess { connection.worker.logAccess(self, connection) }
        connection.become(socket)
        connection.detach(self)
        if connection.next.base != nil { connection.joinNext() }
        // Whoever may take the loop from the handler does not find the connection by the request any more.
        connection.isAdvancing = false
        connection.scheduleResume()
    }

    private func refuseHandshake(_ refusal: ServerHandshake.Refusal) throws(Refusal) {
        // Connection is the host's to write.
        let fields = refusal.fields.filter { $0.name != "Connection" }.map { ($0.name, $0.value) }
        let text = ImmutableBytes("\(refusal.status) \(Status(refusal.status).reasonPhrase)\n\(refusal.reason)\n".utf8)
        let type = ImmutableBytes("text/plain; charset=utf-8".utf8)
        try OwnedHeaders(fields).with { headers throws(Refusal) in
            var answer = zzz_http_response()
            answer.size = UInt32(MemoryLayout<zzz_http_response>.size)
            answer.status = refusal.status
            answer.headers = headers.baseAddress
            answer.header_count = UInt32(headers.count)
            answer.content_type = zzz_bytes(type.buffer)
            answer.body = zzz_bytes(text.buffer)
            try respond(&answer)
        }
    }

    private func handshakeRequest() -> ServerHandshake.Request {
        var result = ServerHandshake.Request(
            isGET: head.method == .get && !head.hasBody, minorVersion: Int(head.versionMinor))
        for index in 0..<Int(request.pointee.header_count) {
            let name = headers[index].name.buffer
            let value = headers[index].value.buffer
            let list: WritableKeyPath<ServerHandshake.Request, [String]>? =
                switch name.count {
                case 7 where name.isCaseInsensitivelyEqual(to: "upgrade"): \.upgrade
                case 10 where name.isCaseInsensitivelyEqual(to: "connection"): \.connection
                case 17 where name.isCaseInsensitivelyEqual(to: "sec-websocket-key"): \.key
                case 21 where name.isCaseInsensitivelyEqual(to: "sec-websocket-version"): \.version
                case 22 where name.isCaseInsensitivelyEqual(to: "sec-websocket-protocol"): \.protocols
                case 24 where name.isCaseInsensitivelyEqual(to: "sec-websocket-extensions"): \.extensions
                default: nil
                }
            if let list { result[keyPath: list].append(String(decoding: value, as: UTF8.self)) }
        }
        return result
    }
}

extension ServerHandshake.Refusal {
    /// A socket would be closed at once. The connection ends with the answer, so that the next try comes to the process
    /// that has taken over.
    fileprivate static let draining = Self(status: 503, reason: "This server ends.")
}
