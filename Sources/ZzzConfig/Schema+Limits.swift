extension Schema {
    static let limits = SettingTable<Settings>(
        name: "limits", documentation: "What one peer, one connection or one request may use.",
        keys: [
            SettingKey(
                "request_line", .byteCount(.bytes(64)...(.mebibytes(1))), \.limits.requestLine,
                "The longest request line. A longer one gets 414."),
            SettingKey(
                "header_bytes", .byteCount(.bytes(64)...(.mebibytes(16))), \.limits.headerBytes,
                "All header lines of a request together. More get 431."),
            SettingKey(
                "header_count", .integer(1...10_000), \.limits.headerCount,
                "How many header lines a request may have. More get 431."),
            SettingKey(
                "header_deadline", .timeSpan(shortest...(.hours(1))), \.limits.headerDeadline,
                "From the first byte of a request to the end of its headers, however slowly they come. Then 408."),
            SettingKey(
                "body", .byteCount(.bytes(0)...bodyMaximum), \.limits.body,
                "The largest request body. A larger one gets 413."),
            SettingKey(
                "body_idle", .timeSpan(shortest...(.hours(24))), \.limits.bodyIdle,
                "The longest pause within a request body. Then 408."),
            SettingKey(
                "request_timeout", .timeSpan(shortest...(.hours(24))), \.limits.requestTimeout,
                "How long a handler may take to begin its response. Then 503, and the handler is cancelled."),
            SettingKey(
                "keep_alive_idle", .timeSpan(shortest...(.hours(24))), \.limits.keepAliveIdle,
                "How long a connection may wait for its next request. Then it is closed."),
            SettingKey(
                "write_stall", .timeSpan(shortest...(.hours(24))), \.limits.writeStall,
                "How long a peer may take no bytes of a response. Then the connection is closed."),
            SettingKey(
                "requests_per_connection", .integer(0...1_000_000_000), \.limits.requestsPerConnection,
                "After how many requests a connection is closed. 0 means never."),
            SettingKey(
                "connections", .integer(1...10_000_000), \.limits.connections,
                "How many connections the daemon holds. At the limit it stops accepting, and says so in its status."),
            SettingKey(
                "request_buffered", .byteCount(buffered), \.limits.requestBuffered,
                "Body bytes held for a handler that does not read them. Then reading from the peer pauses."),
            SettingKey(
                "response_buffered", .byteCount(buffered), \.limits.responseBuffered,
                "Response bytes held for a peer that does not take them. Then the handler is told to wait."),
        ])

    /// The keys directly in `[app.NAME]`.
    static let app = SettingTable<AppSettings>(
        name: "",
        documentation: "One table per app, all optional. NAME is the name of its file without `.so`.",
        keys: [
            SettingKey("enabled", .boolean, \.enabled, "Whether the app is loaded."),
            SettingKey(
                "mount", .mountPath, \.mount, "The path prefix that the app answers. Unset, it is `/NAME`."),
            SettingKey(
                "hosts", .list(.hostName), \.hosts,
                "The host names that the app answers, without ports; `*.example.com` stands for every name below "
                    + "example.com. Empty means every host."),
            SettingKey(
                "log_level", .choice, \.logLevel,
                "The least severe level at which the app's own records are written. Unset, it is `log.level`."),
            SettingKey(
                "settings", .freeTable, \.settings, "The app's own table; the app reads it through its configuration."),
        ])

    /// The keys of `[app.NAME.limits]`.
    static let appLimits = SettingTable<AppSettings>(
        name: "limits", documentation: "Limits of requests to one app. What is unset is as in `[limits]`.",
        keys: [
            SettingKey(
                "body", .byteCount(.bytes(0)...bodyMaximum), \.limits.body,
                "The largest request body. A larger one gets 413."),
            SettingKey(
                "body_idle", .timeSpan(shortest...(.hours(24))), \.limits.bodyIdle,
                "The longest pause within a request body. Then 408."),
            SettingKey(
                "request_timeout", .timeSpan(shortest...(.hours(24))), \.limits.requestTimeout,
                "How long a handler may take to begin its response. Then 503, and the handler is cancelled."),
            SettingKey(
                "write_stall", .timeSpan(shortest...(.hours(24))), \.limits.writeStall,
                "How long a peer may take no bytes of a response. Then the connection is closed."),
            SettingKey(
                "request_buffered", .byteCount(buffered), \.limits.requestBuffered,
                "Body bytes held for a handler that does not read them. Then reading from the peer pauses."),
            SettingKey(
                "response_buffered", .byteCount(buffered), \.limits.responseBuffered,
                "Response bytes held for a peer that does not take them. Then the handler is told to wait."),
        ])

    /// The keys of `[app.NAME.quarantine]`.
    static let appQuarantine = SettingTable<AppSettings>(
        name: "quarantine",
        documentation: "When an app that traps again and again is taken out of service, until it is reloaded.",
        keys: [
            SettingKey(
                "traps", .integer(0...10_000), \.quarantine.traps,
                "After how many traps within the window the app answers 503 with Retry-After. 0 means never."),
            SettingKey(
                "window", .timeSpan(.seconds(1)...(.hours(24))), \.quarantine.window,
                "The time in which the traps are counted."),
        ])

    /// The keys of `[app.NAME.store]`.
    static let appStore = SettingTable<AppSettings>(
        name: "store", documentation: "What an app may keep in the daemon's memory: sessions, counters, caches.",
        keys: [
            SettingKey(
                "memory", .byteCount(.kibibytes(64)...(.bytes(1 << 40))), \.store.memory,
                "All that the app keeps. Beyond it, what was not used for the longest time is given up."),
            SettingKey(
                "max_value", .byteCount(.kibibytes(1)...(.mebibytes(1024))), \.store.maxValue,
                "The longest value. A longer one is refused."),
        ])

    /// A shorter deadline than a scheduler's slice would hit honest peers.
    private static let shortest = TimeSpan(milliseconds: 10)
    private static let bodyMaximum = ByteCount(bytes: 1 << 40)
    private static let buffered = ByteCount.kibibytes(4)...ByteCount.mebibytes(1024)
}

extension TimeSpan {
    static let zero = TimeSpan(milliseconds: 0)

    static func hours(_ count: Int) -> TimeSpan { .seconds(count * 3600) }
}

extension ByteCount {
    static func bytes(_ count: Int) -> ByteCount { ByteCount(bytes: count) }
}
