/// One packet on the link between the supervisor and a server process: lines NAME=VALUE, as sd_notify(3) has them.
///
/// Server to supervisor: READY, STATUS, RELOADING, MONOTONIC_USEC, STOPPING, WATCHDOG, WATCHDOG_USEC,
/// EXTEND_TIMEOUT_USEC, FDSTORE, FDSTOREREMOVE, FDNAME and BARRIER mean what they mean to systemd. X_REPLACE,
/// X_UPGRADE, X_READY_WITHIN_MSEC, X_FAILURE and X_STUCK are ours. Supervisor to server: DRAIN, and X_OUTCOME with
/// X_PID, X_MSEC or X_REASON.
struct LinkMessage: Equatable {
    private(set) var fields: [(name: String, value: String)] = []

    init(_ fields: [(String, String)]) {
        self.fields = fields.map { ($0.0, Self.oneLine($0.1)) }
    }

    /// What is no NAME=VALUE is left out, as systemd does.
    init(bytes: some Collection<UInt8>) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")), equals > line.startIndex else { continue }
            let name = String(decoding: line[..<equals], as: UTF8.self)
            fields.append((name, String(decoding: line[line.index(after: equals)...], as: UTF8.self)))
        }
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    func has(_ name: String) -> Bool { self[name] == "1" }

    var text: String { fields.map { "\($0.name)=\($0.value)" }.joined(separator: "\n") }

    /// The fields with these names.
    func only(_ names: Set<String>) -> LinkMessage {
        LinkMessage(fields.filter { names.contains($0.name) }.map { ($0.name, $0.value) })
    }

    var isEmpty: Bool { fields.isEmpty }

    /// A line end would begin another field.
    private static func oneLine(_ text: String) -> String {
        text.contains { $0.isNewline } ? String(text.map { $0.isNewline ? " " : $0 }) : text
    }

    static func == (left: LinkMessage, right: LinkMessage) -> Bool { left.text == right.text }
}
