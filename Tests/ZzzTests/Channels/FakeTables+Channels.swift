// The tables of functions behind FakeChannels.
import ZzzAppABI

@testable import Zzz

extension FakeTables {
    // Written once, before they are read.
    nonisolated(unsafe) static let channel = constant(makeChannel())
    nonisolated(unsafe) static let pubSub = constant(makePubSub())
    nonisolated(unsafe) static let presence = constant(makePresence())
    nonisolated(unsafe) static let webSocket = constant(makeWebSocket())

    private static func call(
        _ channel: OpaquePointer?, _ name: String, _ words: [String], _ flags: UInt32,
        _ error: UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status {
        guard let channel = FakeChannel.from(channel) else { return HostStatus.invalid }
        guard !channel.isGone else { return refuse(error, HostStatus.gone, "the channel has ended") }
        channel.calls.append(FakeChannel.Call(name: name, words: words, flags: flags))
        return 0
    }

    private static func makeChannel() -> zzz_channel_api {
        var api = zzz_channel_api()
        api.size = UInt32(MemoryLayout<zzz_channel_api>.size)
        api.define = { app, definition, _ in
            guard let host = FakeHost.from(app), let definition = definition?.pointee else { return HostStatus.invalid }
            let intercepts = UnsafeBufferPointer(
                start: definition.intercepts, count: Int(definition.intercept_count))
            host.channels.definitions.append(
                FakeChannels.Definition(
                    pattern: definition.pattern.string, source: definition.source.string,
                    intercepts: intercepts.map(\.string), timeoutMilliseconds: definition.timeout_ms,
                    messagesPerSecond: definition.messages_per_second, callback: definition.callback!,
                    user: definition.user))
            return 0
        }
        api.accept = { FakeTables.accept($0, $1, $2, isPoll: false) }
        api.poll = { $1 == nil ? FakeTables.goOn($0) : FakeTables.accept($0, $1, $2, isPoll: true) }
        api.join = { channel, status, response, user, _ in
            guard let channel = FakeChannel.from(channel), !channel.isGone else { return HostStatus.gone }
            guard channel.joinStatus == nil else { return HostStatus.state }
            channel.joinStatus = status
            channel.joinResponse = response.string
            if status >= 0 { channel.user = user }
            channel.calls.append(FakeChannel.Call(name: "join", words: [response.string]))
            return 0
        }
        api.reply = { channel, ref, status, payload, flags, error in
            FakeTables.call(channel, "reply", [ref.string, status.string, payload.string], flags, error)
        }
        api.push = { FakeTables.call($0, "push", [$1.string, $2.string], $3, $4) }
        api.broadcast = { FakeTables.call($0, "broadcast", [$1.string, $2.string], $3, $4) }
        api.subscribe = { FakeTables.call($0, "subscribe", [$1.string], $2, $3) }
        api.unsubscribe = { FakeTables.call($0, "unsubscribe", [$1.string], $2, $3) }
        api.stop = { FakeTables.call($0, "stop", [], 0, nil) }
        api.done = { channel, outcome in
            FakeChannel.from(channel)?.done.withLock { $0.append(outcome) }
            return 0
        }
        api.hand_over = { channel, version, state, error in
            FakeChannel.from(channel)?.state = (version, state.string)
            return FakeTables.call(channel, "hand_over", ["\(version)", state.string], 0, error)
        }
        api.disconnect = { app, id, _ in
            FakeHost.from(app)?.channels.disconnected.append(id.string)
            return 0
        }
        return api
    }

    private static func accept(
        _ request: OpaquePointer?, _ socket: UnsafePointer<zzz_channel_socket>?,
        _ error: UnsafeMutablePointer<zzz_error>?, isPoll: Bool
    ) -> zzz_status {
        guard let request = FakeRequest.from(request), let socket = socket?.pointee, let host = request.host else {
            return HostStatus.invalid
        }
        let (status, text) = host.channels.acceptStatus
        guard status >= 0 else {
            if status == HostStatus.invalid { finish(request, 400) }
            return refuse(error, status, text)
        }
        finish(request, isPoll ? 200 : 101)
        host.channels.sockets.append(
            FakeChannels.AcceptedSocket(
                request: request, isPoll: isPoll, version: socket.version.string, id: socket.id.string,
                state: socket.state.string, channels: socket.channels,
                messagesPerSecond: socket.messages_per_second,
                connection: FakeWebSocket.Options(socket.options!.pointee)))
        return 0
    }

    /// A poll that names a session.
    private static func goOn(_ request: OpaquePointer?) -> zzz_status {
        guard let request = FakeRequest.from(request) else { return HostStatus.gone }
        guard request.target.contains("token=") else { return HostStatus.notFound }
        finish(request, 200)
        return 0
    }

    private static func finish(_ request: FakeRequest, _ status: UInt16) {
        request.hasBegun = true
        request.hasFinished = true
        request.status = status
    }

    private static func makePubSub() -> zzz_pubsub {
        var api = zzz_pubsub()
        api.size = UInt32(MemoryLayout<zzz_pubsub>.size)
        api.subscribe = { app, _, topic, flags, callback, user, subscription, error in
            guard let host = FakeHost.from(app) else { return HostStatus.invalid }
            guard topic.count <= Int(ZZZ_TOPIC_MAXIMUM_BYTES) else {
                return FakeTables.refuse(error, HostStatus.invalid, "a topic of \(topic.count) bytes")
            }
            host.channels.lastSubscription += 1
            let id = host.channels.lastSubscription
            host.channels.subscriptions.append(
                FakeChannels.Subscription(
                    id: id, topic: topic.string, flags: flags, callback: callback!, user: user))
            subscription?.pointee = OpaquePointer(bitPattern: id)
            return 0
        }
        api.unsubscribe = { subscription in
            guard let host = FakeHost.current else { return HostStatus.thread }
            let id = UInt(bitPattern: subscription)
            guard host.channels.subscriptions.contains(where: { $0.id == id }) else { return HostStatus.gone }
            host.channels.subscriptions.removeAll { $0.id == id }
            return 0
        }
        api.broadcast = { app, topic, event, payload, flags, _ in
            guard let host = FakeHost.from(app) else { return HostStatus.invalid }
            host.channels.broadcasts.append(
                FakeChannels.Broadcast(
                    topic: topic.string, event: event.string, payload: payload.string, flags: flags))
            var message = zzz_message()
            message.size = UInt32(MemoryLayout<zzz_message>.size)
            message.flags = flags
            message.topic = topic
            message.event = event
            message.payload = payload
            for subscription in host.channels.subscriptions
            where subscription.topic == topic.string && subscription.flags == flags & ~UInt32(ZZZ_PUBSUB_BINARY) {
                subscription.callback(subscription.user, &message)
            }
            return 0
        }
        return api
    }

    private static func makePresence() -> zzz_presence {
        var api = zzz_presence()
        api.size = UInt32(MemoryLayout<zzz_presence>.size)
        api.track = { FakeTables.presence($0, "track", [$1.string, $2.string], $3) }
        api.update = { FakeTables.presence($0, "update", [$1.string, $2.string], $3) }
        api.untrack = { FakeTables.presence($0, "untrack", [$1.string], $2) }
        api.list = { app, topic, buffer, _ in
            guard let host = FakeHost.from(app), let buffer else { return HostStatus.invalid }
            let state = host.channels.states[topic.string] ?? "{}"
            buffer.pointee.count = state.utf8.count
            guard state.utf8.count <= buffer.pointee.capacity else { return 0 }
            for (index, byte) in state.utf8.enumerated() { buffer.pointee.data[index] = CChar(bitPattern: byte) }
            return 0
        }
        api.on_difference = { app, pattern, callback, user, _ in
            FakeHost.from(app)?.channels.differences.append(
                FakeChannels.Difference(pattern: pattern.string, callback: callback!, user: user))
            return 0
        }
        return api
    }

    private static func presence(
        _ channel: OpaquePointer?, _ name: String, _ words: [String], _ error: UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status {
        if let status = FakeChannel.from(channel)?.presenceStatus, status < 0 {
            return refuse(error, status, "\(words[0]) is tracked already")
        }
        return call(channel, name, words, 0, error)
    }

    private static func makeWebSocket() -> zzz_websocket {
        var api = zzz_websocket()
        api.size = UInt32(MemoryLayout<zzz_websocket>.size)
        api.accept = { request, options, callback, user, socket, error in
            guard let request = FakeRequest.from(request), let host = request.host, let options = options?.pointee
            else { return HostStatus.invalid }
            let (status, text) = host.channels.acceptStatus
            guard status >= 0 else {
                if status == HostStatus.invalid { FakeTables.finish(request, 426) }
                return FakeTables.refuse(error, status, text)
            }
            FakeTables.finish(request, 101)
            let accepted = FakeWebSocket(host, FakeWebSocket.Options(options), callback!, user)
            host.channels.webSockets.append(accepted)
            socket?.pointee = accepted.handle
            return 0
        }
        api.send = { socket, kind, data, error in
            guard let socket = FakeWebSocket.from(socket) else { return HostStatus.invalid }
            guard !socket.isGone else { return FakeTables.refuse(error, HostStatus.gone, "the socket has closed") }
            guard socket.sendStatus >= 0 else {
                return FakeTables.refuse(error, socket.sendStatus, "the message was dropped")
            }
            socket.sent.append((Int(kind) == ZZZ_SOCKET_TEXT ? "text " : "binary ") + data.string)
            return socket.sendStatus
        }
        api.ping = { socket, data, _ in
            FakeWebSocket.from(socket)?.sent.append("ping " + data.string)
            return 0
        }
        api.close = { socket, code, reason, _ in
            FakeWebSocket.from(socket)?.closed = (code, reason.string)
            return 0
        }
        return api
    }
}
