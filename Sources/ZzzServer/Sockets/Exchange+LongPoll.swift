import ZzzAppABI
import ZzzChannels

/// Requests of clients that poll.
extension Exchange {
    /// zzz_channel_api.poll
    /// - Parameter options: of a new session; nil when the request is to go on with one.
    func poll(_ options: ChannelSocketOptions?) throws(Refusal) {
        _ = try liveConnection()
        try expectUnanswered()
        let isPost = head.method == .post
        guard isPost || head.method == .get else { throw Self.state("a client polls with GET and POST") }
        let body = request.pointee.body.buffer
        guard !isPost || body.count < 1 || body.count { $0 == UInt8(ascii: "\n") } <= LongPoll.mostLines else {
            return answerPoll(status: 400)
        }
        guard let token = pollToken.flatMap(LongPollToken.init(text:)), token.handle.kind == .socket,
            let worker = self.worker.hub.pubSub?.worker(numbered: token.handle.worker)
        else {
            if isPost { return answerPoll(status: 410) }
            guard let options else {
                throw Refusal(status: zzz_status(ZZZ_ERROR_NOT_FOUND), text: "the request names no session")
            }
            return try beginPolling(options)
        }
        try retain()
        nonisolated(unsafe) let request = handle.pointer.unsafelyUnwrapped
        let lines = isPost ? Self.lines(body) : []
        let name = site?._withUnsafeGuaranteedRef { $0.name } ?? ""
        worker._withUnsafeGuaranteedRef { worker in
            worker.postAlways { owner in
                guard let socket = owner.hub.sockets[token.handle] as? ChannelSocket, let poll = socket.poll,
                    poll.token == token, socket.app == name
                else { return LongPollAnswer.send(request, status: 410, token: nil) }
                guard isPost else { return poll.ask(request) }
                poll.take(lines)
                LongPollAnswer.send(request, status: 200, token: nil)
            }
        }
    }

    /// A new session: the client is told its token with the status 410, which means that it is to ask again.
    private func beginPolling(_ options: ChannelSocketOptions) throws(Refusal) {
        // The connection ends with this answer, and the client asks the process that has taken over.
        guard !worker.isDraining else { return answerPoll(status: 500) }
        // Such clients look for the status in the body, also for this one.
        guard let version = options.spoken else { return answerPoll(status: 403) }
        let hub: SocketHub = worker.hub
        let limits = options.socket.limits(over: worker.limits.sockets)
        let app = site?._withUnsafeGuaranteedRef { $0.name } ?? ""
        let socket = ChannelSocket(
            hub: hub, settings: hub.settings(limits, app: app, version: version), compression: nil,
            site: hub.currentSite(site), id: options.id, state: options.state)
        try hub.list(socket)
        guard let handle = socket.handle else { throw Self.state("a socket that is not listed") }
        let poll = LongPoll(socket, handle)
        socket.poll = poll
        answerPoll(status: 410, token: poll.token)
    }

    private func answerPoll(status: Int, token: LongPollToken? = nil) {
        guard let request = handle.pointer else { return }
        // Released by the answer.
        try? retain()
        LongPollAnswer.send(request, status: status, token: token)
    }

    /// From the query, or from the field of later clients.
    private var pollToken: String? {
        for index in 0..<Int(request.pointee.header_count) {
            let name = headers[index].name.buffer
            if name.count == 24, name.isCaseInsensitivelyEqual(to: "x-phoenix-longpoll-token") {
                return String(decoding: headers[index].value.buffer, as: UTF8.self)
            }
        }
        let query = String(decoding: request.pointee.query.buffer, as: UTF8.self)
        return query.split(separator: "&").first { $0.hasPrefix("token=") }.map { String($0.dropFirst(6)) }
    }

    private static func lines(_ body: UnsafeRawBufferPointer) -> [ImmutableBytes] {
        body.split(separator: UInt8(ascii: "\n")).map { ImmutableBytes($0) }
    }
}
