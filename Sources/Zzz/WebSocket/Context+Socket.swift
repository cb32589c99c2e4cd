import ZzzAppABI

extension Context {
    /// Lets the host answer the request, which then needs nothing that was set here. False when it did not: it has no
    /// answer of its own.
    func answeredByHost(
        _ call: (OpaquePointer, UnsafeMutablePointer<zzz_error>) -> zzz_status
    ) throws -> Bool {
        guard phase == .open, let request else { throw MisuseError("a socket after the answer") }
        var error = zzz_error()
        error.size = UInt32(MemoryLayout<zzz_error>.size)
        let result = call(request, &error)
        guard result != HostStatus.notFound else { return false }
        guard result >= HostStatus.ok else { throw HostError("poll", code: result, message: error.text) }
        phase = .answered
        return true
    }

    /// What the host takes to accept a request as a socket: the request, the fields of the answer, and where to say
    /// what is wrong.
    typealias SocketAcceptance = (
        OpaquePointer, UnsafeBufferPointer<zzz_header>, UnsafeMutablePointer<zzz_error>
    ) throws -> zzz_status

    /// Ends the request with a socket in the place of a response, with the fields that were set. Where the request is
    /// none that asks for a socket, the host has answered it.
    /// - Parameter status: what the host answers otherwise, for the log.
    func becomeSocket(_ status: Status, _ accept: SocketAcceptance) async throws {
        guard phase == .open, let request else { throw MisuseError("a socket after the answer") }
        self.status = status
        try await awaitHooks()
        let draft = try runBeforeSend()
        var error = zzz_error()
        error.size = UInt32(MemoryLayout<zzz_error>.size)
        let result = try fields.withHeaders { try accept(request, $0, &error) }
        switch result {
        case HostStatus.ok...: phase = .answered
        case HostStatus.invalid:
            phase = .answered
            self.status = .badRequest
            log.debug("\(endpoint.source): no socket: \(error.text)")
        default:
            restore(draft)
            throw HostError("accept", code: result, message: error.text)
        }
    }
}
