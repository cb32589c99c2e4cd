/// What ``Idempotency`` keeps in the store under a key: what the request was, and what it was answered with, once that
/// is known.
///
/// The bytes: a version, the request's fingerprint, a state, and with a response its status, content type, fields and
/// body, each with its length before it.
struct KeptResponse: Equatable {
    enum State: Equatable {
        /// The first request is being handled.
        case pending
        /// It was answered with this.
        case answered(Answer)
        /// It was answered with what cannot be kept: a stream, a file, or more than the store takes.
        case unrepeatable
    }

    struct Answer: Equatable {
        var status: UInt16
        var contentType: String
        var fields: [Field]
        var body: [UInt8]
    }

    struct Field: Equatable {
        var name: String
        var value: String
    }

    static let fingerprintByteCount = 32
    private static let version: UInt8 = 1

    /// Of ``fingerprintByteCount`` bytes.
    var fingerprint: [UInt8]
    var state: State

    init(fingerprint: [UInt8], state: State) {
        self.fingerprint = fingerprint
        self.state = state
    }

    var bytes: [UInt8] {
        var bytes = [Self.version] + fingerprint
        switch state {
        case .pending: bytes.append(0)
        case .unrepeatable: bytes.append(1)
        case .answered(let answer):
            bytes.append(2)
            bytes.append(number: UInt32(answer.status))
            bytes.append(counted: answer.contentType.utf8)
            bytes.append(number: UInt32(answer.fields.count))
            for field in answer.fields {
                bytes.append(counted: field.name.utf8)
                bytes.append(counted: field.value.utf8)
            }
            bytes.append(counted: answer.body)
        }
        return bytes
    }

    /// Nil for anything else: another version of the app's may have written it.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        guard rest.popFirst() == Self.version, let fingerprint = rest.take(Self.fingerprintByteCount) else {
            return nil
        }
        self.fingerprint = Array(fingerprint)
        switch rest.popFirst() {
        case 0: state = .pending
        case 1: state = .unrepeatable
        case 2:
            guard let answer = Answer(&rest) else { return nil }
            state = .answered(answer)
        default: return nil
        }
        guard rest.isEmpty else { return nil }
    }
}

extension KeptResponse.Answer {
    fileprivate init?(_ rest: inout ArraySlice<UInt8>) {
        guard let status = rest.takeNumber().flatMap({ UInt16(exactly: $0) }), let type = rest.takeText(),
            let count = rest.takeNumber()
        else { return nil }
        self.status = status
        contentType = type
        fields = []
        for _ in 0..<count {
            guard let name = rest.takeText(), let value = rest.takeText() else { return nil }
            fields.append(KeptResponse.Field(name: name, value: value))
        }
        guard let body = rest.takeCounted() else { return nil }
        self.body = Array(body)
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    fileprivate mutating func append(counted bytes: some Collection<UInt8>) {
        append(number: UInt32(bytes.count))
        append(contentsOf: bytes)
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= self.count else { return nil }
        defer { self = dropFirst(count) }
        return prefix(count)
    }

    fileprivate mutating func takeNumber() -> UInt32? {
        take(4)?.reduce(0) { $0 << 8 | UInt32($1) }
    }

    fileprivate mutating func takeText() -> String? {
        takeCounted().map { String(decoding: $0, as: UTF8.self) }
    }

    fileprivate mutating func takeCounted() -> ArraySlice<UInt8>? {
        takeNumber().flatMap { take(Int($0)) }
    }
}
