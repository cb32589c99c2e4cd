/// Lets a form, which can only POST, stand for PUT, PATCH and DELETE: by the field `_method` of its body, in whatever
/// case.
///
/// ```swift
/// var endpoint: Pipeline { Pipeline { MethodOverride() } }
/// ```
/// It belongs in the endpoint pipeline, since it decides which route the request is for: every path that takes one of
/// those methods then takes POST. ``Context/method`` is the method that was asked for. A method that the path does not
/// take is answered with 405, any other text in the field with 400. Routes with `streamBody` cannot be reached like
/// this, and a form with files only behind a ``BodyParser`` that reads those.
public struct MethodOverride: Middleware {
    private let field: String
    private let header: String?

    /// - Parameters:
    ///   - field: the form's field.
    ///   - header: a request field that does the same, such as "X-HTTP-Method-Override"; nil: none.
    public init(field: String = "_method", header: String? = nil) {
        self.field = field
        self.header = header
    }

    public func prepare(_ settings: inout RouteSettings) throws { settings.overridesMethod = true }

    public func call(_ context: Context) throws -> Next {
        guard context.method == .post, let siblings = context.endpoint.siblings, let name = name(context) else {
            return .next
        }
        guard let method = Method(name: name.uppercased()), [.put, .patch, .delete].contains(method) else {
            throw Abort(
                .badRequest, "The field \(field) must be PUT, PATCH or DELETE.",
                details: [("parameter", .string(field)), ("in", "body"), ("expected", "PUT, PATCH or DELETE")])
        }
        guard let target = siblings.byMethod[method], !target.streamsBody else {
            throw Abort(.methodNotAllowed, headers: [("Allow", siblings.allow)])
        }
        context.override { $0.method = method }
        context.endpoint = target
        return .next
    }

    private func name(_ context: Context) -> String? {
        if let header, let name = context.headers[header] { return name }
        // A form with files can only be looked into when it has been read.
        if let form = context.assigns[BodyParameters.self] { return form[field]?.parameterText }
        guard !context.endpoint.streamsBody else { return nil }
        let type = MediaType(context.headers["content-type"] ?? "")
        guard type.essence == "application/x-www-form-urlencoded" else { return nil }
        for pair in FormPairs(bytes: context.head.pointee.body.buffer) where pair.name.equalsDecoded(field) {
            return pair.value.decodedForm()
        }
        return nil
    }
}
