import ZzzAppABI

extension Context {
    /// Answers with text, as `text/plain; charset=utf-8`.
    @discardableResult
    public func text(_ text: String) -> Answered {
        text.withBytes { send($0, type: zzz_bytes("text/plain; charset=utf-8")) }
        return Answered()
    }

    /// Answers with HTML, as `text/html; charset=utf-8`. The text is sent as it is: escape what users wrote.
    @discardableResult
    public func html(_ html: String) -> Answered {
        html.withBytes { send($0, type: zzz_bytes("text/html; charset=utf-8")) }
        return Answered()
    }

    /// Answers with bytes.
    @discardableResult
    public func send(_ body: [UInt8], contentType: String) -> Answered {
        body.withUnsafeBytes { bytes in
            contentType.withBytes { send(zzz_bytes(bytes), type: $0) }
        }
        return Answered()
    }

    /// Answers with bytes that are somewhere already; they are copied before the call returns.
    @discardableResult
    public func send(_ body: RawSpan, contentType: String) -> Answered {
        body.withUnsafeBytes { bytes in
            contentType.withBytes { send(zzz_bytes(bytes), type: $0) }
        }
        return Answered()
    }

    /// Answers without a body: 204 unless another status was set.
    @discardableResult
    public func noContent() -> Answered {
        if status == .ok { status = .noContent }
        send(.empty, type: .empty)
        return Answered()
    }

    /// Answers with a response made elsewhere.
    @discardableResult
    public func respond(_ response: Response) throws -> Answered {
        try response.answer(self)
        return Answered()
    }

    /// Sets a field of the response, in place of those with the same name. The host adds Date, Content-Length,
    /// Transfer-Encoding and Connection. A name that is not a token, or a value with CR, LF or NUL, makes the answer
    /// fail with 500 (RFC 9110 section 5.5).
    public func setHeader(_ name: String, _ value: String) {
        guard !setContentType(name, value) else { return }
        fields.remove(name)
        fields.append(name, value)
    }

    /// Adds a field to the response, beside those with the same name.
    public func addHeader(_ name: String, _ value: String) {
        guard !setContentType(name, value) else { return }
        fields.append(name, value)
    }

    private func setContentType(_ name: String, _ value: String) -> Bool {
        isTouched = true
        guard name.utf8.count == 12, name.lowercased() == "content-type" else { return false }
        contentType = value
        return true
    }

    /// Sends 103 with these values of Link before the answer, so that the client can begin to fetch (RFC 8297):
    /// `context.earlyHints(["</app.css>; rel=preload; as=style"])`. Clients of HTTP/1.0 are not sent any.
    public func earlyHints(_ links: [String]) throws {
        guard phase == .open, let request else { throw MisuseError("early hints after the answer") }
        var list = FieldList()
        for link in links { list.append("Link", link) }
        try list.withHeaders { headers in
            _ = try hostCall("inform") {
                http.pointee.inform(request, 103, headers.baseAddress, UInt32(headers.count), $0)
            }
        }
    }

    /// Responds with all there is at once: every answer without a stream or a file ends here.
    func send(_ body: zzz_bytes, type: zzz_bytes) {
        guard phase == .open, let request else { return reportSecondAnswer() }
        if isTouched, hooks.isAwaited {
            let (body, type) = (body.array, type.string)
            return hold { $0.send(body, contentType: type) }
        }
        if isTouched { wholeAnswer = (body, type) }
        defer { if isTouched { wholeAnswer = nil } }
        do {
            try withResponse(body, type) { response in
                _ = try hostCall("respond") { http.pointee.respond(request, response, $0) }
            }
            phase = .answered
        } catch {
            refused(error)
        }
    }

    /// Calls `body` with the response as the host takes it, valid for the call.
    @inline(__always)
    func withResponse(
        _ body: zzz_bytes, _ type: zzz_bytes, _ carrier: Carrier = .whole,
        _ call: (UnsafePointer<zzz_http_response>) throws -> Void
    ) throws {
        if isTouched { return try withTouchedResponse(body, type, carrier, call) }
        var response = untouchedResponse(body, type)
        try call(&response)
    }

    /// The same with fields that are sent unless others with their names are: they are copied only when something else
    /// was set.
    func withResponse(
        _ body: zzz_bytes, _ type: zzz_bytes, _ own: FieldList, _ carrier: Carrier = .whole,
        _ call: (UnsafePointer<zzz_http_response>) throws -> Void
    ) throws {
        if isTouched {
            let set = fields
            fields.merge(own)
            do { return try withTouchedResponse(body, type, carrier, call) } catch {
                fields = set
                throw error
            }
        }
        var response = untouchedResponse(body, type)
        try withFields(own, &response, call)
    }

    @inline(__always)
    private func untouchedResponse(_ body: zzz_bytes, _ type: zzz_bytes) -> zzz_http_response {
        zzz_http_response(
            size: UInt32(MemoryLayout<zzz_http_response>.size), status: chosenStatus.rawValue, flags: 0,
            header_count: 0, reserved: 0, headers: nil, content_type: type, body: body)
    }

    /// The response of a context on which something was set: fields, or hooks that may set them.
    @inline(never)
    private func withTouchedResponse(
        _ body: zzz_bytes, _ type: zzz_bytes, _ carrier: Carrier,
        _ call: (UnsafePointer<zzz_http_response>) throws -> Void
    ) throws {
        let draft = hooks.beforeSend.isEmpty && compression == nil ? nil : try runBeforeSend()
        do {
            try withCompression(of: body, type, carrier) { body in
                var response = untouchedResponse(body, type)
                if fields.isEmpty, contentType == nil {
                    try call(&response)
                } else {
                    try withFields(fields, &response, call)
                }
            }
        } catch {
            if let draft { restore(draft) }
            throw error
        }
    }

    private func withFields(
        _ fields: FieldList, _ response: inout zzz_http_response,
        _ call: (UnsafePointer<zzz_http_response>) throws -> Void
    ) throws {
        let type = contentType ?? ""
        try fields.withHeaders { headers in
            try type.withBytes { type in
                response.headers = headers.baseAddress
                response.header_count = UInt32(headers.count)
                if type.count > 0 { response.content_type = type }
                try call(&response)
            }
        }
    }

    /// Keeps why there is no response, the host's refusal or a hook's error, for the end of the handler; unless the
    /// client has left, when nobody waits for an answer.
    func refused(_ error: any Error) {
        isTouched = true
        if (error as? HostError)?.isGone == true {
            phase = .answered
        } else {
            refusal = error
        }
    }

    @inline(never)
    private func reportSecondAnswer() {
        if phase == .ended {
            Logger.process.error("\(endpoint.source): a context answered after its request had ended")
        } else {
            log.error("\(endpoint.source): a second answer to the same request; the first one counts")
        }
    }
}
