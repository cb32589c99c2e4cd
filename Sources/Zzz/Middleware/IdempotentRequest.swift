/// The first request with a key.
final class IdempotentRequest {
    private let place: String
    private let fingerprint: [UInt8]
    /// Of what was put last.
    private var version: UInt64
    private(set) var isAnswered = false

    init(_ place: String, _ version: UInt64, _ fingerprint: [UInt8]) {
        self.place = place
        self.version = version
        self.fingerprint = fingerprint
    }

    /// Keeps the response that is about to be sent, unless the request has taken so long that its key has ended.
    func keep(_ context: Context, except fieldsBefore: [(name: String, value: String)], expiresIn: Duration) {
        isAnswered = true
        let answer = context.wholeAnswer.map { body, type in
            KeptResponse.Answer(
                status: context.status.rawValue, contentType: context.contentType ?? type.string,
                fields: context.fields.all
                    .filter { field in !fieldsBefore.contains { $0 == field } && !Self.isOfOneResponse(field.name) }
                    .map { KeptResponse.Field(name: $0.name, value: $0.value) },
                body: body.array)
        }
        do {
            if let answer, try put(.answered(answer), context, expiresIn) { return }
            context.log.warning("the response to an Idempotency-Key cannot be kept: a stream, a file, or too large")
            _ = try put(.unrepeatable, context, expiresIn)
        } catch {
            context.log.error("the response to an Idempotency-Key was not kept: \(error)")
        }
    }

    /// False when it is too large.
    private func put(_ state: KeptResponse.State, _ context: Context, _ expiresIn: Duration) throws -> Bool {
        let kept = KeptResponse(fingerprint: fingerprint, state: state)
        do {
            version = try context.store.put(place, kept.bytes, expiresIn: expiresIn, ifVersion: version) ?? version
            return true
        } catch let error as HostError where error.code == HostStatus.limit {
            return false
        }
    }

    /// The request may be tried again.
    func forget(_ context: Context) {
        isAnswered = true
        do {
            try context.store.remove(place, ifVersion: version)
        } catch {
            context.log.error("an Idempotency-Key was not forgotten: \(error)")
        }
    }

    /// Whether a field belongs to the response that it was sent with: cookies.
    private static func isOfOneResponse(_ name: String) -> Bool { name.lowercased() == "set-cookie" }
}
