/// A server-sent event (WHATWG HTML section 9.2).
public struct TestEvent: Sendable, Hashable {
    /// "message" unless the server says otherwise.
    public var name = "message"
    public var data = ""
    /// The last id that the stream has set.
    public var id = ""
    /// How long the client shall wait before it comes back, when the event says so, in milliseconds.
    public var retryMilliseconds: Int?
}

/// Reads an event stream as its bytes arrive.
struct EventParser: Sendable {
    /// The longest line and the most data of one event, in bytes.
    static let maximumBytes = 16 << 20

    private var input: [UInt8] = []
    private var hasCarriageReturn = false
    private var lastID = ""
    private var event = TestEvent()
    private var hasData = false
    private var ready: [TestEvent] = []

    mutating func next() -> TestEvent? { ready.isEmpty ? nil : ready.removeFirst() }

    mutating func feed(_ bytes: [UInt8]) {
        for byte in bytes {
            // Lines end with CR LF, LF or CR.
            if byte == 0x0A, hasCarriageReturn {
                hasCarriageReturn = false
                continue
            }
            hasCarriageReturn = byte == 0x0D
            if byte == 0x0A || byte == 0x0D {
                take(String(decoding: input, as: UTF8.self))
                input.removeAll(keepingCapacity: true)
            } else if input.count < Self.maximumBytes {
                input.append(byte)
            }
        }
    }

    private mutating func take(_ line: String) {
        guard !line.isEmpty else { return dispatch() }
        let name = line.prefix { $0 != ":" }
        var value = line[name.endIndex...].dropFirst()
        if value.hasPrefix(" ") { value = value.dropFirst() }
        switch name {
        case "event": event.name = String(value)
        case "data" where event.data.utf8.count + value.utf8.count <= Self.maximumBytes:
            event.data += (hasData ? "\n" : "") + value
            hasData = true
        case "id" where !value.contains("\0"): lastID = String(value)
        case "retry": event.retryMilliseconds = Int(value) ?? event.retryMilliseconds
        default: break
        }
    }

    private mutating func dispatch() {
        defer {
            event = TestEvent()
            hasData = false
        }
        guard hasData else { return }
        event.id = lastID
        if event.name.isEmpty { event.name = "message" }
        ready.append(event)
    }
}
