import ZzzAppABI
import ZzzChannels
import ZzzIO
import ZzzWebSocket

/// A client's socket for channels: what it has joined, and the protocol it speaks.
final class ChannelSocket: WebSocket {
    var version: ChannelProtocol { settings.version }
    /// The app's name.
    var app: String { settings.app }
    /// The app's current generation on this loop; nil when it is served no more.
    var site: Unmanaged<Site>?
    /// For `disconnect`; empty when the app gave none.
    let id: String
    /// What the app wants to know at each join.
    let state: [UInt8]
    @exclusivity(unchecked) var channels: SocketChannels
    @exclusivity(unchecked) private var rate = MessageRate()
    @exclusivity(unchecked) private var refsAreNumbers = false
    /// A client that polls: what its messages wait in.
    var poll: LongPoll?

    init(
        hub: SocketHub, settings: SocketSettings, compression: CompressionParameters?, site: Unmanaged<Site>?,
        id: String, state: [UInt8]
    ) {
        self.site = site
        self.id = id
        self.state = state
        channels = SocketChannels(limit: settings.limits.channels)
        super.init(hub: hub, settings: settings, compression: compression)
    }

    // MARK: From the client

    override func received(_ kind: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard kind != ZZZ_SOCKET_PONG else { return true }
        hub.statistics.received &+= 1
        guard rate.take(rate: settings.limits.messagesPerSecond, nowMilliseconds: hub.worker.loop.nowMilliseconds)
        else {
            hub.statistics.limited &+= 1
            hub.noteViolation(self, "more messages than its limit of messages per second", .policyViolation)
            close(.policyViolation, "too many messages")
            return true
        }
        do throws(ChannelProtocolError) {
            let message = kind == ZZZ_SOCKET_TEXT ? try version.read(text: bytes) : try version.read(binary: bytes)
            if message.refsAreNumbers { refsAreNumbers = true }
            return handle(message)
        } catch {
            let code: CloseCode = error == .binaryInVersion1 ? .unsupportedData : .protocolError
            hub.noteViolation(self, "\(error.message)", code)
            close(code, "\(error.message)")
            return true
        }
    }

    /// - Returns: false when another thread has taken the loop over meanwhile.
    private func handle(_ message: ReceivedMessage) -> Bool {
        let head = message.head
        // The number of a channel that does not exist yet: `join` gives it its own.
        let action = channels.receive(head, newChannel: 0) { topic in definition(for: topic) != nil }
        switch action {
        case .reply(let joinRef, let ref, let status, let reason):
            reply(joinRef: joinRef, ref: ref, topic: head.topic, status: status, reason: reason)
            return true
        case .drop: return true
        case .join(_, let joinRef, let replacing):
            return join(head, joinRef: joinRef, message.payload, replacing: replacing)
        case .leave(let number, let ref):
            return channel(numbered: number)?.leave(ref: ref) ?? true
        case .handle(let number):
            guard let channel = channel(numbered: number) else { return true }
            return channel.receive(head, message.payload, isBinary: message.isBinary)
        }
    }

    func channel(numbered number: UInt64) -> Channel? {
        hub.channels[Handle(OpaquePointer(bitPattern: UInt(number)))]
    }

    /// The first of the app's channels that serves the topic.
    func definition(for topic: String) -> Int? {
        site?._withUnsafeGuaranteedRef { site in site.channels.firstIndex { $0.pattern.matches(topic) } }
    }

    // MARK: Joins

    private func join(
        _ head: ChannelHead, joinRef: String, _ parameters: UnsafeRawBufferPointer, replacing: UInt64?
    ) -> Bool {
        hub.statistics.joins &+= 1
        guard let site, let definition = definition(for: head.topic) else { return true }
        let replaced = replacing.flatMap(channel(numbered:))
        let isEmpty = parameters.elementsEqual("{}".utf8)
        let channel = Channel(
            socket: self, site: site, definition: definition, topic: head.topic, joinRef: joinRef,
            ref: head.ref, parameters: isEmpty ? [] : Array(parameters))
        guard hub.list(channel) else {
            channels.remove(0)
            reply(joinRef: joinRef, ref: head.ref, topic: head.topic, status: "error", reason: "too many channels")
            return true
        }
        channels.renumber(0, to: channel.handle.bits)
        channel.details.replaced = replaced?.joinRef
        replaced?.end(ZZZ_CHANNEL_LEFT)
        return JoinAdmission.admit(channel)
    }

    // MARK: To the client

    func reply(joinRef: String?, ref: String?, topic: String, status: String, reason: String? = nil) {
        guard let reason else {
            write { version.writeReply(joinRef: joinRef, ref: ref, topic: topic, status: status, to: &$0) }
            return
        }
        var text = #"{"reason":"\#(reason)"}"#
        text.withUTF8 { bytes in
            let payload = ChannelProtocol.Payload(UnsafeRawBufferPointer(bytes))
            write {
                version.writeReply(joinRef: joinRef, ref: ref, topic: topic, status: status, payload, to: &$0)
            }
        }
    }

    /// Sends a message that `body` puts together.
    @discardableResult
    func write(isBinary: Bool = false, _ body: (inout MessageWriter) -> Void) -> Sending {
        hub.writer.begin(refsAreNumbers: refsAreNumbers)
        body(&hub.writer)
        hub.statistics.sent &+= 1
        if let poll { return poll.add(hub.writer.bytes, isBinary: isBinary) }
        return send(hub.writer.bytes, isBinary: isBinary)
    }

    /// Sends what is sent to many.
    func send(_ message: Broadcast) {
        hub.statistics.sent &+= 1
        guard let frame = message.frame(version) else { return }
        if let poll { return _ = poll.add(frame.payload, isBinary: message.isBinary) }
        send(frame: frame.bytes)
    }

    override func goesOn() { poll?.readSoon() }

    // MARK: The end

    override func ended(_ code: CloseCode, _ reason: String) {
        for joined in channels.all { channel(numbered: joined.channel)?.end(ZZZ_CHANNEL_CLOSED) }
        hub.unlist(self)
    }

    override func closedWithoutConnection(_ code: CloseCode, _ reason: String) {
        guard let poll else { return }
        self.poll = nil
        poll.end()
        ended(code, reason)
    }
}
