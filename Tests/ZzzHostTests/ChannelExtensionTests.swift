import Testing
import ZzzAppABI
import ZzzServer

@testable import ZzzHost

/// What the functions of the four tables for sockets and channels do with arguments that are none, without a server.
@Suite struct ChannelExtensionTests {
    let generation: Generation
    private let channel = ChannelExtension.table.pointee
    private let socket = WebSocketExtension.table.pointee
    private let pubSub = PubSubExtension.table.pointee
    private let presence = PresenceExtension.table.pointee
    /// No handle of anything's.
    private let nobody = OpaquePointer(bitPattern: 0x77)
    private let null = zzz_bytes(data: nil, count: 3)
    private let notText = LentBytes([0x22, 0xC3, 0x28, 0x22])
    private let text = LentBytes("text")
    private let empty = LentBytes("")
    private let long = LentBytes(String(repeating: "a", count: 256))

    init() throws { generation = try ScriptedApp.make() }

    private func call(
        _ body: (UnsafeMutablePointer<zzz_error>) -> zzz_status
    ) -> (status: zzz_status, message: String) {
        let report = ErrorReport()
        let status = body(report.pointer)
        if status < 0 { #expect(report.pointer.pointee.status == status) }
        return (status, report.message)
    }

    @Test func tablesAreWhole() {
        _ = ScriptedApp.host
        for name in [
            ZZZ_WEBSOCKET_EXTENSION, ZZZ_CHANNEL_EXTENSION, ZZZ_PUBSUB_EXTENSION, ZZZ_PRESENCE_EXTENSION,
        ] { #expect(ExtensionRegistry.find(name) != nil, "\(name)") }
        #expect(Int(channel.size) == MemoryLayout<zzz_channel_api>.size)
        #expect(Int(socket.size) == MemoryLayout<zzz_websocket>.size)
        #expect(Int(pubSub.size) == MemoryLayout<zzz_pubsub>.size)
        #expect(Int(presence.size) == MemoryLayout<zzz_presence>.size)
    }

    @Test func handlesThatAreNone() {
        for handle in [nil, nobody, generation.handle] {
            #expect(call { socket.send(handle, UInt16(ZZZ_SOCKET_TEXT), text.bytes, $0) }.status == Status.gone)
            #expect(call { socket.ping(handle, text.bytes, $0) }.status == Status.gone)
            #expect(call { socket.close(handle, 1000, text.bytes, $0) }.status == Status.gone)
            for function in [socket.hold, socket.go_on, socket.retain, socket.release] {
                #expect(function?(handle) == Status.gone)
            }
            #expect(call { channel.join(handle, Status.ok, text.bytes, nil, $0) }.status == Status.gone)
            #expect(call { channel.push(handle, text.bytes, text.bytes, 0, $0) }.status == Status.gone)
            #expect(call { channel.reply(handle, text.bytes, text.bytes, text.bytes, 0, $0) }.status == Status.gone)
            #expect(call { channel.broadcast(handle, text.bytes, text.bytes, 0, $0) }.status == Status.gone)
            #expect(call { channel.subscribe(handle, text.bytes, 0, $0) }.status == Status.gone)
            #expect(call { channel.unsubscribe(handle, text.bytes, 0, $0) }.status == Status.gone)
            #expect(channel.stop(handle) == Status.gone)
            #expect(channel.done(handle, Status.ok) == Status.gone)
            #expect(call { channel.hand_over(handle, 1, text.bytes, $0) }.status == Status.gone)
            #expect(call { presence.track(handle, text.bytes, text.bytes, $0) }.status == Status.gone)
            #expect(call { presence.update(handle, text.bytes, text.bytes, $0) }.status == Status.gone)
            #expect(call { presence.untrack(handle, text.bytes, $0) }.status == Status.gone)
            var buffer = zzz_buffer()
            #expect(call { presence.meta(handle, text.bytes, &buffer, $0) }.status == Status.gone)
            #expect(call { presence.exchange(handle, text.bytes, text.bytes, text.bytes, $0) }.status == Status.gone)
        }
        for handle in [nil, nobody] {
            #expect(call { channel.disconnect(handle, text.bytes, $0) }.status == Status.invalid)
            #expect(pubSub.broadcast(handle, text.bytes, text.bytes, text.bytes, 0, nil) == Status.invalid)
            var room = zzz_buffer()
            #expect(call { presence.list(handle, text.bytes, &room, $0) }.status == Status.invalid)
        }
    }

    @Test func payloadsOfTextAreUTF8() {
        for payload in [notText.bytes, null] {
            let results = [
                call { socket.send(nobody, UInt16(ZZZ_SOCKET_TEXT), payload, $0) },
                call { channel.join(nobody, Status.ok, payload, nil, $0) },
                call { channel.push(nobody, text.bytes, payload, 0, $0) },
                call { channel.reply(nobody, text.bytes, text.bytes, payload, 0, $0) },
                call { channel.broadcast(nobody, text.bytes, payload, 0, $0) },
                call { pubSub.broadcast(generation.handle, text.bytes, text.bytes, payload, 0, $0) },
                call { presence.track(nobody, text.bytes, payload, $0) },
            ]
            for (status, message) in results {
                #expect(status == Status.invalid)
                #expect(message.contains("not UTF-8") || message.contains("data is NULL and count is 3"))
            }
        }
        // Bytes may be anything.
        #expect(socket.send(nobody, UInt16(ZZZ_SOCKET_BINARY), notText.bytes, nil) == Status.gone)
        #expect(channel.push(nobody, text.bytes, notText.bytes, UInt32(ZZZ_CHANNEL_BINARY), nil) == Status.gone)
    }

    @Test func namesHaveOneTo255Bytes() {
        for name in [empty.bytes, long.bytes, notText.bytes, null] {
            let statuses = [
                channel.push(nobody, name, text.bytes, 0, nil), channel.broadcast(nobody, name, text.bytes, 0, nil),
                channel.reply(nobody, text.bytes, name, text.bytes, 0, nil),
                channel.reply(nobody, name, text.bytes, text.bytes, 0, nil),
                channel.subscribe(nobody, name, 0, nil), channel.unsubscribe(nobody, name, 0, nil),
                channel.disconnect(generation.handle, name, nil),
                pubSub.broadcast(generation.handle, name, text.bytes, text.bytes, 0, nil),
                pubSub.broadcast(generation.handle, text.bytes, name, text.bytes, 0, nil),
            ]
            #expect(statuses.allSatisfy { $0 == Status.invalid }, "\(statuses)")
        }
    }

    @Test func flagsAndKindsThatDoNotExist() {
        #expect(call { socket.send(nobody, 3, text.bytes, $0) }.message.contains("kind: 3 is neither"))
        let statuses = [
            channel.push(nobody, text.bytes, text.bytes, UInt32(ZZZ_CHANNEL_FROM), nil),
            channel.reply(nobody, text.bytes, text.bytes, text.bytes, 2, nil),
            channel.broadcast(nobody, text.bytes, text.bytes, 8, nil),
            channel.subscribe(nobody, text.bytes, UInt32(ZZZ_PUBSUB_BINARY), nil),
            pubSub.broadcast(generation.handle, text.bytes, text.bytes, text.bytes, 4, nil),
        ]
        #expect(statuses.allSatisfy { $0 == Status.invalid }, "\(statuses)")
    }

    @Test func withoutAServerNothingIsSent() async {
        // As in the process that inspects an app; here, other tests may have made one.
        await #expect(processExitsWith: .success) {
            let tests = try ChannelExtensionTests()
            let (app, text, pubSub) = (tests.generation.handle, tests.text.bytes, tests.pubSub)
            let (status, message) = tests.call { pubSub.broadcast(app, text, text, text, 0, $0) }
            #expect(status == Status.state && message.contains("only inspected"))
            #expect(pubSub.subscribe(app, tests.nobody, text, 0, { _, _ in }, nil, nil, nil) == Status.state)
            #expect(pubSub.unsubscribe(tests.nobody) == Status.state)
            #expect(tests.channel.disconnect(app, text, nil) == Status.state)
        }
        #expect(pubSub.subscribe(generation.handle, nobody, text.bytes, 0, nil, nil, nil, nil) == Status.invalid)
    }

    @Test func howASocketIsAccepted() {
        #expect(call { socket.accept(nobody, nil, nil, nil, nil, $0) }.message == "callback: NULL")
        #expect(socket.accept(nobody, nil, { _, _, _ in }, nil, nil, nil) == Status.gone)
        var options = zzz_socket_options()
        func answer() -> (status: zzz_status, message: String) {
            call { socket.accept(nobody, &options, { _, _, _ in }, nil, nil, $0) }
        }
        #expect(answer().message.contains("size is 0"))
        options.size = UInt32(MemoryLayout<zzz_socket_options>.size)
        #expect(answer().status == Status.gone)
        options.flags = 16
        #expect(answer().message.contains("flags: unknown ones in 0x10"))
        options.flags = 15
        options.header_count = 1
        #expect(answer().message == "options.headers: NULL with a header_count")
        options.header_count = 0
        for (names, isRight) in [("chat.v2, chat.v1", true), ("a b", false), ("a,,b", true), ("é", false)] {
            let lent = LentBytes(names)
            options.subprotocols = lent.bytes
            #expect(answer().status == (isRight ? Status.gone : Status.invalid), "\(names)")
        }
        #expect(channel.accept(nobody, nil, nil) == Status.invalid)
        var given = zzz_channel_socket()
        given.size = UInt32(MemoryLayout<zzz_channel_socket>.size)
        #expect(channel.accept(nobody, &given, nil) == Status.gone)
        given.id = long.bytes
        #expect(call { channel.accept(nobody, &given, $0) }.message.contains("socket.id: 256 bytes"))
        given.id = text.bytes
        let state = LentBytes(String(repeating: "s", count: 65_537))
        given.state = state.bytes
        #expect(
            call { channel.accept(nobody, &given, $0) }.message.contains("socket.state: 65537 bytes, at most 65536"))
    }

    @Test func whatIsWrittenInSocketOptions() throws {
        var options = zzz_socket_options()
        options.size = UInt32(MemoryLayout<zzz_socket_options>.size)
        options.flags = UInt32(ZZZ_SOCKET_COMPRESS | ZZZ_SOCKET_KEEP_CLIENT_CONTEXT | ZZZ_SOCKET_DROP_WHEN_SLOW)
        options.message_bytes = 1
        options.fragments = 2
        options.queued_bytes = .max
        options.ping_after_ms = 4
        options.idle_timeout_ms = .max
        let names = LentBytes("chat.v2 , chat.v1")
        options.subprotocols = names.bytes
        let read = try SocketOptions(&options)
        #expect(read.messageBytes == 1 && read.fragments == 2 && read.queuedBytes == .max)
        #expect(read.pingAfterMilliseconds == 4 && read.idleTimeoutMilliseconds == 86_400_000)
        #expect(read.dropsWhenSlow)
        #expect(read.compression?.keepsClientContext == true && read.compression?.keepsServerContext == false)
        #expect(read.subprotocols == ["chat.v2", "chat.v1"])
        let host = try SocketOptions(nil)
        #expect(host.messageBytes == nil && host.compression == nil && !host.dropsWhenSlow)
    }
}
