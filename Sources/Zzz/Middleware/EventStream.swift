import ZzzAppABI

/// An event for an `EventSource` (the HTML standard, section 9.2).
public struct ServerEvent: Sendable {
    /// What happened; several lines are sent as several lines.
    public var data: String
    /// The event's type; nil: "message". One line.
    public var name: String?
    /// What a browser sends in Last-Event-ID when it comes back. One line; nil: the last one stays.
    public var id: String?
    /// How long a browser waits before it comes back; nil: as before.
    public var retry: Duration?

    public init(_ data: String, name: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.name = name
        self.id = id
        self.retry = retry
    }

    /// As it goes over the wire. Line breaks in a name or an id would begin another field, so that they end it; U+0000
    /// would make browsers ignore the id.
    var text: String {
        var text = ""
        if let name { text += "event: \(Self.line(name))\n" }
        if let id { text += "id: \(Self.line(id))\n" }
        if let retry { text += "retry: \(retry.wholeMilliseconds)\n" }
        var previous: Unicode.Scalar?
        // CR, LF and CRLF all end a line.
        text += "data: "
        for scalar in data.unicodeScalars {
            defer { previous = scalar }
            if scalar == "\n", previous == "\r" { continue }
            if scalar == "\r" || scalar == "\n" {
                text += "\ndata: "
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + "\n\n"
    }

    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix { $0 != "\r" && $0 != "\n" && $0 != "\0" }))
    }
}

/// Sends events to one browser.
public struct EventWriter {
    private let writer: ResponseWriter
    private let heartbeat: Heartbeat?

    init(_ writer: ResponseWriter, _ heartbeat: Heartbeat?) {
        self.writer = writer
        self.heartbeat = heartbeat
    }

    /// Sends an event, and waits while the browser is slower than the app. Throws a ``HostError`` with
    /// ``HostError/isGone`` or CancellationError when the browser has left.
    public func send(_ event: ServerEvent) async throws {
        heartbeat?.noteWrite()
        try await writer.write(event.text)
    }

    /// Sends a message.
    public func send(_ data: String) async throws { try await send(ServerEvent(data)) }
}

extension Context {
    /// What the last event was that the browser has seen, when it comes back: ``ServerEvent/id``.
    public var lastEventID: String? { headers["last-event-id"] }

    /// Answers with a stream of events, for an `EventSource` in the browser.
    ///
    /// ```swift
    /// get("/ticks") { context in
    ///     var number = context.lastEventID.flatMap { Int($0) } ?? 0
    ///     try await context.events { events in
    ///         while true {
    ///             number += 1
    ///             try await events.send(ServerEvent("tick", id: "\(number)"))
    ///             try await context.sleep(for: .seconds(1))
    ///         }
    ///     }
    /// }
    /// ```
    /// `heartbeat` is how often a comment is sent while there are no events, so that proxies and phones keep the
    /// connection, and a browser that has left is noticed; nil: never. Leaving ends `body` with an error, which needs
    /// no handling. The stream is neither cached nor buffered by proxies that know X-Accel-Buffering.
    @discardableResult
    public func events(
        heartbeat: Duration? = .seconds(15), retry: Duration? = nil, _ body: (EventWriter) async throws -> Void
    ) async throws -> Answered {
        setHeader("Cache-Control", "no-store")
        setHeader("X-Accel-Buffering", "no")
        return try await stream(contentType: "text/event-stream") { writer in
            // The first bytes tell the browser that the connection stands.
            try await writer.write(retry.map { "retry: \($0.wholeMilliseconds)\n\n" } ?? ":\n\n")
            let beat = heartbeat.flatMap { interval in task.map { Heartbeat($0, interval, streamCompressor) } }
            beat?.start()
            defer { beat?.stop() }
            try await body(EventWriter(writer, beat))
        }
    }
}
