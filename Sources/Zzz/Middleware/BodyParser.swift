import ZzzHTTP
import ZzzJSON

/// Reads JSON and form bodies into ``Context/params``. The body itself stays readable: ``Context/body`` has the bytes
/// as they came, for the signature of a webhook. Only a multipart body is not kept: its files are written to temporary
/// ones while they arrive (see ``Upload``), which are gone when the request ends.
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
        /// `multipart/form-data`: forms with files
        case multipart
    }

    private let kinds: Set<Kind>
    private let passed: [String]
    private let limitBytes: UInt64?
    private let formLimits: FormLimits
    private let jsonDepth: Int
    private let uploadLimits: UploadLimits
    private let uploadDirectory: String?

    /// - Parameters:
    ///   - kinds: what is read; other types are refused with 415.
    ///   - passed: types that are left to the handler: "text/csv", "image/*", "*/*".
    ///   - limitBytes: the largest body; nil: the app's limit.
    ///   - formLimits: how much form data may hold.
    ///   - jsonDepth: how many arrays and objects may be inside each other.
    ///   - uploadLimits: how much a multipart form may hold.
    ///   - uploadDirectory: where temporary files are; nil: the app's own directory of state, or else /tmp.
    public init(
        _ kinds: Set<Kind> = [.json, .form], passing passed: [String] = [], limitBytes: UInt64? = nil,
        formLimits: FormLimits = FormLimits(), jsonDepth: Int = 64, uploadLimits: UploadLimits = UploadLimits(),
        uploadDirectory: String? = nil
    ) {
        self.kinds = kinds
        self.passed = passed.map { $0.lowercased() }
        self.limitBytes = limitBytes
        self.formLimits = formLimits
        self.jsonDepth = jsonDepth
        self.uploadLimits = uploadLimits
        self.uploadDirectory = uploadDirectory
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if let limitBytes { settings.bodyLimitBytes = limitBytes }
        guard kinds.contains(.multipart) else { return }
        settings.streamsMultipart = true
        settings.multipartLimitBytes = uploadLimits.totalBytes
    }

    public func call(_ context: Context) throws -> Next {
        let body = context.head.pointee.body.buffer
        guard takes(context), context.isBodyWhole, !body.isEmpty else { return .next }
        let type = context.bodyType
        guard let kind = kind(of: type) else { return try passOrRefuse(type) }
        let limit = kind == .multipart ? uploadLimits.totalBytes ?? limitBytes : limitBytes
        if let limit, UInt64(body.count) > limit {
            throw Abort(.contentTooLarge, "The body may have \(limit) bytes.")
        }
        try checkEncoding(context, type)
        context.assigns[BodyParameters.self] =
            switch kind {
            case .json: try json(body)
            case .form: try form(body)
            case .multipart: try multipart(body, context)
            }
        return .next
    }

    /// The same for a body that the host hands over in pieces, as it does with multipart.
    func receive(_ context: Context) async throws -> Next {
        guard takes(context), !context.endpoint.streamsBody else { return .next }
        let type = context.bodyType
        guard let kind = kind(of: type), kind == .multipart else { return try passOrRefuse(type) }
        try checkEncoding(context, type)
        let form = try multipartForm(context)
        for try await piece in context.bodyStream { try piece.withUnsafeBytes { try form.feed($0) } }
        context.assigns[BodyParameters.self] = try finish(form, context)
        return .next
    }

    private func multipart(_ body: UnsafeRawBufferPointer, _ context: Context) throws -> JSONValue {
        let form = try multipartForm(context)
        try form.feed(body)
        return try finish(form, context)
    }

    private func finish(_ form: MultipartForm, _ context: Context) throws -> JSONValue {
        let (fields, uploads) = try form.finish()
        context.uploads = uploads
        return fields
    }

    private func takes(_ context: Context) -> Bool {
        [.post, .put, .patch, .delete].contains(Method(rawValue: context.head.pointee.method))
            // Another one has read it.
            && (!context.isTouched || context.assigns[BodyParameters.self] == nil)
    }

    private func multipartForm(_ context: Context) throws -> MultipartForm {
        let own = Configuration(host: context.instance.host).stateDirectory
        let directories = uploadDirectory.map { [$0] } ?? (own.isEmpty ? [] : [own]) + ["/tmp"]
        return MultipartForm(
            boundary: try MultipartBoundary(contentType: context.headers["content-type"] ?? ""), limits: uploadLimits,
            formLimits: formLimits
        ) {
            let file = try TemporaryFile.create(in: directories)
            // If the handler traps, nobody closes the file: the host then gives its space back.
            try file.withDescriptor { _ = context.http.pointee.temporary_file(context.request, $0) }
            return file
        }
    }

    private func kind(of type: MediaType) -> Kind? {
        if kinds.contains(.json), type.isJSON { return .json }
        if kinds.contains(.form), type.essence == "application/x-www-form-urlencoded" { return .form }
        if kinds.contains(.multipart), type.essence == "multipart/form-data" { return .multipart }
        return nil
    }

    private func passOrRefuse(_ type: MediaType) throws -> Next {
        guard !passed.contains(where: type.isWithin) else { return .next }
        var types: [String] = []
        if kinds.contains(.json) { types.append("application/json") }
        if kinds.contains(.form) { types.append("application/x-www-form-urlencoded") }
        if kinds.contains(.multipart) { types.append("multipart/form-data") }
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
            throw Abort(error)
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
