import ZzzAppABI

extension Context {
    /// A handler threw. Answers when that is still possible; nothing but an ``Abort``'s own message is told to the
    /// client.
    @inline(never)
    func fail(_ error: any Error) {
        switch phase {
        case .ended, .preparing:
            return
        case .answered, .held:
            if !isDeparture(error) { log.error("\(endpoint.source): failed after its answer: \(error)") }
        case .streaming:
            if !isDeparture(error), !(error is BodyError) {
                log.error("\(endpoint.source): failed within its stream: \(error)")
            }
            cut()
        case .open where error is BodyError:
            // The host answers with the right status, 413, 408 or 400, when its callback returns unanswered.
            phase = .answered
            status = .badRequest
        case .open where isDeparture(error):
            cut()
        case .open:
            if let abort = error as? Abort { return render(abort, error) }
            log.error("\(endpoint.source): \(error)", ["route": endpoint.pattern, "error": "\(type(of: error))"])
            render(Abort(.internalServerError), error)
        }
    }

    /// The handler returned, and the response is not complete.
    @inline(never)
    func endWithoutAnswer() {
        if let refusal { return fail(refusal) }
        fail(MisuseError("the handler returned without answering"))
    }

    /// Whether the error only says that the client has gone.
    private func isDeparture(_ error: any Error) -> Bool {
        if let error = error as? HostError { return error.isGone }
        return error is CancellationError && task?.clientHasLeft == true
    }

    /// Cuts the connection: all that can be done once a response has begun.
    func cut() {
        if phase == .open { status = .clientClosedRequest }
        if let request { _ = http.pointee.abort(request) }
        phase = .answered
    }

    /// Handles a request that no route took.
    func answerUnmatched(_ app: any App) throws {
        guard head.pointee.unmatched_status == 405 else { return try app.notFound(self) }
        setHeader("Allow", head.pointee.allow.string)
        try app.methodNotAllowed(self)
    }

    private func render(_ abort: Abort, _ error: any Error) {
        prepare(abort)
        do {
            try response(to: abort, error)?.answer(self)
        } catch {
            log.error("rendering \(abort.status) failed: \(error)")
        }
        guard phase == .open else { return }
        prepare(abort)
        renderPlainly(abort)
        guard phase == .open else { return }
        // The host refused even that: a field of the abort was malformed.
        if let refusal { log.error("\(endpoint.source): \(refusal)") }
        hooks.beforeSend.removeAll()
        prepare(Abort(.internalServerError))
        renderPlainly(Abort(.internalServerError))
        if phase == .open { cut() }
    }

    /// The page that a hook makes, the innermost first, or else the app.
    private func response(to abort: Abort, _ error: any Error) throws -> Response? {
        for hook in hooks.onError.reversed() {
            if let response = try hook(error, self) { return response }
        }
        return try instance.app.render(abort, for: self)
    }

    /// Forgets what the handler had set, and sets what goes with the abort.
    private func prepare(_ abort: Abort) {
        clearFields()
        status = abort.status
        for (name, value) in abort.headers { setHeader(name, value) }
        if head.pointee.unmatched_status == 405 { setHeader("Allow", head.pointee.allow.string) }
    }

    /// Text, or problem details (RFC 9457) for a client that prefers JSON.
    private func renderPlainly(_ abort: Abort) {
        guard prefersJSON else {
            text(abort.message + "\n")
            return
        }
        abort.problemBytes.withUnsafeBytes { send(zzz_bytes($0), type: zzz_bytes("application/problem+json")) }
    }

    /// Whether the Accept field rates JSON above text and HTML (RFC 9110 section 12.5.1).
    var prefersJSON: Bool {
        guard let accept = headers["accept"] else { return false }
        let json = Swift.max(
            quality(of: "application/json", in: accept), quality(of: "application/problem+json", in: accept))
        return json > 0 && json > quality(of: "text/html", in: accept) && json >= quality(of: "text/plain", in: accept)
    }
}

/// A media type's quality in thousandths by an Accept value. Only ranges that name the type itself count: "*/*"
/// prefers nothing.
private func quality(of type: String, in accept: String) -> Int {
    for range in accept.split(separator: ",") {
        let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        guard parts.first == type else { continue }
        for part in parts.dropFirst() where part.hasPrefix("q=") {
            return Double(part.dropFirst(2)).map { Int($0 * 1000) } ?? 0
        }
        return 1000
    }
    return 0
}
