import ZzzAppABI
import ZzzJSON

/// Reads JSON and form bodies into ``Context/params``. The body itself stays readable: ``Context/body`` has the bytes
/// as they came, for the signature of a webhook.
///
/// It looks at POST, PUT, PATCH and DELETE on routes without `streamBody`. What cannot be read is answered with 400
/// (malformed), 413 (a limit) or 415 (another type, encoding or character set), and a text that says what and where.
/// A JSON body that is no object is the parameter `_json`.
public struct BodyParser: Middleware {
    /// A kind of body that it reads.
    public enum Kind: Sendable {
        /// `application/json` and everything that ends in `+json`.
        case json
        /// `application/x-www-form-urlencoded`
        case form
    }

    private let kinds: Set<Kind>
    private let passed: [String]
    private let limitBytes: UInt64?
    private let formLimits: FormLimits
    private let jsonDepth: Int

    /// - Parameters:
    ///   - kinds: what is read; other types are refused with 415.
    ///   - passed: types that are left to the handler: "text/csv", "image/*", "*/*".
    ///   - limitBytes: the largest body; nil: the app's limit.
    ///   - formLimits: how much form data may hold.
    ///   - jsonDepth: how many arrays and objects may be inside each other.
    public init(
        _ kinds: Set<Kind> = [.json, .form], passing passed: [String] = [], limitBytes: UInt64? = nil,
        formLimits: FormLimits = FormLimits(), jsonDepth: Int = 64
    ) {
        self.kinds = kinds
        self.passed = passed.map { $0.lowercased() }
        self.limitBytes = limitBytes
        self.formLimits = formLimits
        self.jsonDepth = jsonDepth
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if let limitBytes { settings.bodyLimitBytes = limitBytes }
    }

    public func call(_ context: Context) throws -> Next {
        guard [.post, .put, .patch, .delete].contains(Method(rawValue: context.head.pointee.method)) else {
            return .next
        }
        let isWhole = context.head.pointee.flags & UInt16(ZZZ_REQUEST_BODY_COMPLETE) != 0
        let body = context.head.pointee.body.buffer
        guard isWhole, !body.isEmpty else { return .next }
        if let limitBytes, UInt64(body.count) > limitBytes {
            throw Abort(.contentTooLarge, "The body may have \(limitBytes) bytes.")
        }
        let type = MediaType(context.headers["content-type"] ?? "application/octet-stream")
        guard let kind = kind(of: type) else { return try passOrRefuse(type) }
        try checkEncoding(context, type)
        context.assigns[BodyParameters.self] =
            switch kind {
            case .json: try json(body)
            case .form: try form(body)
            }
        return .next
    }

    private func kind(of type: MediaType) -> Kind? {
        if kinds.contains(.json), type.isJSON { return .json }
        if kinds.contains(.form), type.essence == "application/x-www-form-urlencoded" { return .form }
        return nil
    }

    private func passOrRefuse(_ type: MediaType) throws -> Next {
        guard !passed.contains(where: type.isWithin) else { return .next }
        var types: [String] = []
        if kinds.contains(.json) { types.append("application/json") }
        if kinds.contains(.form) { types.append("application/x-www-form-urlencoded") }
        types += passed
        // RFC 9110 section 12.5.1: Accept in a 415 response tells what would be taken.
        throw Abort(
            .unsupportedMediaType, "A body of type \(type.essence) is not taken here, only \(list(types)).",
            headers: [("Accept", list(types))], details: [("available", .array(types.map { .string($0) }))])
    }

    private func list(_ types: [String]) -> String { types.joined(separator: ", ") }

    private func checkEncoding(_ context: Context, _ type: MediaType) throws {
        if let coding = context.headers["content-encoding"]?.lowercased(), coding != "identity" {
            throw Abort(
                .unsupportedMediaType, "A body with Content-Encoding \(coding) is not taken here.",
                headers: [("Accept-Encoding", "identity")])
        }
        if let charset = type["charset"], charset != "utf-8", charset != "us-ascii" {
            throw Abort(
                .unsupportedMediaType, "A body in the character set \(charset) is not taken here, only in UTF-8.")
        }
    }

    private func json(_ body: UnsafeRawBufferPointer) throws -> JSONValue {
        do throws(JSONError) {
            let value = try JSONValue(parsing: body, limits: JSONLimits(maximumDepth: jsonDepth))
            return value.objectValue == nil ? ["_json": value] : value
        } catch {
            let isLimit =
                switch error.reason {
                case .tooDeep, .tooLong: true
                default: false
                }
            throw Abort(
                isLimit ? .contentTooLarge : .badRequest, "The body is not JSON that can be read: \(error)",
                details: [
                    ("in", "body"), ("line", .integer(Int64(error.line))), ("column", .integer(Int64(error.column))),
                    ("offset", .integer(Int64(error.offset))),
                ])
        }
    }

    private func form(_ body: UnsafeRawBufferPointer) throws -> JSONValue {
        do throws(FormError) {
            return try FormTree(body, limits: formLimits).root
        } catch {
            let place = error.field.isEmpty ? "The body" : "The field \(error.field) of the body"
            throw Abort(
                error.status, "\(place) cannot be read: \(error.reason).",
                details: [("in", "body"), ("parameter", .string(error.field)), ("reason", .string(error.reason))])
        }
    }
}

/// A value of Content-Type (RFC 9110 section 8.3.1).
struct MediaType {
    /// "text/html", in lower case.
    let essence: String
    private let parameters: [(name: String, value: String)]

    init(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingBlanks() }
        essence = (parts.first ?? "").lowercased()
        parameters = parts.dropFirst().compactMap { part in
            guard let equals = part.firstIndex(of: "=") else { return nil }
            var value = part[part.index(after: equals)...]
            if value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = value.dropFirst().dropLast()
            }
            return (part[..<equals].lowercased(), value.lowercased())
        }
    }

    /// A parameter's value, in lower case.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    var isJSON: Bool { essence == "application/json" || essence.hasSuffix("+json") }

    /// Whether it is in a range: "image/*".
    func isWithin(_ range: String) -> Bool {
        range == "*/*" || range == essence || (range.hasSuffix("/*") && essence.hasPrefix(range.dropLast()))
    }
}
