extension Schema {
    static let sockets = SettingTable<Settings>(
        name: "sockets", documentation: "WebSockets and channels, where their apps do not say otherwise.",
        keys: [
            SettingKey(
                "message", .byteCount(.bytes(128)...(.mebibytes(1024))), \.sockets.message,
                "The longest message from a client, inflated. A longer one closes the socket with 1009."),
            SettingKey(
                "fragments", .integer(1...1_000_000), \.sockets.fragments,
                "How many frames a message may have. More close the socket with 1009."),
            SettingKey(
                "queued", .byteCount(.kibibytes(4)...(.mebibytes(1024))), \.sockets.queued,
                "What may wait for a client that reads slowly. Then it is closed with 1013, or gets no more, as its "
                    + "app says."),
            SettingKey(
                "queued_events", .integer(1...1_000_000), \.sockets.queuedEvents,
                "Events that may wait for a channel whose app is slow. Then the channel ends, and its client joins "
                    + "again."),
            SettingKey(
                "ping_after", .timeSpan(.seconds(1)...(.hours(24))), \.sockets.pingAfter,
                "A client that has sent nothing for so long is sent a ping."),
            SettingKey(
                "idle_timeout", .timeSpan(.seconds(1)...(.hours(24))), \.sockets.idleTimeout,
                "A client that has sent nothing for so long is closed."),
            SettingKey(
                "channels", .integer(1...100_000), \.sockets.channels,
                "Channels that a client may have joined at once on one socket."),
            SettingKey(
                "messages_per_second", .integer(0...1_000_000), \.sockets.messagesPerSecond,
                "Messages from one client in a second, over all its channels. More close the socket. 0 means any "
                    + "number."),
            SettingKey(
                "joins_per_second", .integer(0...1_000_000), \.sockets.joinsPerSecond,
                "Joins that one loop asks its apps for in a second, when many clients come at once. The others wait. "
                    + "0 means any number."),
            SettingKey(
                "drain_batch", .integer(1...10_000_000), \.sockets.drainBatch,
                "When the daemon goes down: sockets of one loop that are closed at once, with 1012."),
            SettingKey(
                "drain_pause", .timeSpan(.zero...(.hours(1))), \.sockets.drainPause,
                "The pause between such batches, so that not all clients come back at once."),
        ])
}
