import ZzzAppABI
import ZzzJSON

/// An answer as JSON: `get("/users") { _ in JSON(users.all()) }`
public struct JSON<Value: Encodable>: Answer {
    public let value: Value

    public init(_ value: Value) { self.value = value }

    public func answer(_ context: Context) throws { try context.json(value) }
}

extension JSON: Sendable where Value: Sendable {}

extension Context {
    /// Answers with a value as JSON (RFC 8259), as `application/json`. Throws what encoding throws.
    @discardableResult
    public func json(_ value: some Encodable) throws -> Answered {
        try JSONBytesEncoder().withEncoded(value) { send(zzz_bytes($0), type: zzz_bytes("application/json")) }
        return Answered()
    }

    /// Decodes the body as JSON: `let draft = try context.json(as: Draft.self)`. An ``Abort`` that renders as 415
    /// when the body says that it is something else, and as 400 when it cannot be decoded.
    public func json<Value: Decodable>(as type: Value.Type) throws -> Value {
        if let contentType = headers["content-type"] {
            let essence = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
            guard essence == "application/json" || essence.hasSuffix("+json") else {
                throw Abort(.unsupportedMediaType, "The body must be JSON.")
            }
        }
        do {
            return try JSONBytesDecoder().decode(type, from: wholeBody.buffer)
        } catch {
            log.debug("the body is not a \(type): \(error)")
            throw Abort(.badRequest, "The body could not be read as JSON: \(error)")
        }
    }
}

extension Answer where Self == Response {
    /// A value as JSON, as `application/json`.
    public static func json(_ value: some Encodable, status: Status = .ok) throws -> Response {
        Response(status: status, contentType: "application/json", body: .bytes(try JSONBytesEncoder().encode(value)))
    }
}
