import Testing
import Zzz
import ZzzJSON

extension TestResponse {
    @discardableResult
    public func expectStatus(_ expected: Status, sourceLocation: SourceLocation = #_sourceLocation) -> TestResponse {
        check(status == expected, "expected \(expected), got \(status)", sourceLocation)
    }

    /// Expects that a field is there, with this value when one is given; any of several fields with the name will do.
    @discardableResult
    public func expectHeader(
        _ name: String, _ expected: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        let values = headers.all(name)
        guard let expected else { return check(!values.isEmpty, "expected a field \(name), got none", sourceLocation) }
        return check(
            values.contains(expected), "expected \(name): \(expected), got \(Self.list(values))", sourceLocation)
    }

    /// Expects a field whose value holds this text.
    @discardableResult
    public func expectHeader(
        _ name: String, contains part: String, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        let values = headers.all(name)
        return check(
            values.contains { $0.contains(part) }, "expected \(name) to contain \"\(part)\", got \(Self.list(values))",
            sourceLocation)
    }

    @discardableResult
    public func expectNoHeader(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) -> TestResponse {
        let values = headers.all(name)
        return check(values.isEmpty, "expected no field \(name), got \(Self.list(values))", sourceLocation)
    }

    /// Expects a media type, with or without its parameters: "text/html".
    @discardableResult
    public func expectContentType(
        _ expected: String, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        let value = headers["content-type"]
        let isMet = value == expected || value.map { String($0.prefix { $0 != ";" }) } == expected
        return check(isMet, "expected the type \(expected), got \(value ?? "none")", sourceLocation)
    }

    @discardableResult
    public func expectBody(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) -> TestResponse {
        check(text == expected, "expected the body \"\(expected)\"", sourceLocation)
    }

    @discardableResult
    public func expectBody(
        _ expected: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        check(
            body == expected,
            "expected a body of \(expected.count) bytes, got one of \(body.count) that differs at byte "
                + "\(zip(body, expected).prefix { $0 == $1 }.count)", sourceLocation)
    }

    @discardableResult
    public func expectBody(
        contains part: String, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        check(text.contains(part), "expected a body that contains \"\(part)\"", sourceLocation)
    }

    @discardableResult
    public func expectBody(
        lacks part: String, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        check(!text.contains(part), "expected a body without \"\(part)\"", sourceLocation)
    }

    /// Expects a redirect to this place, which may be given as a path of this host.
    @discardableResult
    public func expectRedirect(
        to location: String, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        let value = headers["location"]
        let isRedirect = [301, 302, 303, 307, 308].contains(status)
        let target = value.flatMap { base?.resolving($0)?.text }
        let isMet = isRedirect && (value == location || target != nil && target == base?.resolving(location)?.text)
        return check(
            isMet, "expected a redirect to \(location), got \(status)" + (value.map { " to \($0)" } ?? ""),
            sourceLocation)
    }

    private var base: TestURL? { try? TestURL(base: url) }

    // MARK: JSON

    /// Expects that the JSON at `path` says this: `expectJSON("$.users[*].name", ["Ada", "Grace"])`. See
    /// ``json(_:)`` for paths; 1 and 1.0 are equal, and so are objects whose members are in another order.
    @discardableResult
    public func expectJSON(
        _ path: String, _ expected: some Encodable, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        checkJSON(path, sourceLocation) { value in
            let wanted = try JSONValue(parsing: try JSONBytesEncoder().encode(expected))
            return value.map { $0.means(wanted) } ?? false ? nil : "to be \(wanted.text)"
        }
    }

    /// Expects that the body is this JSON.
    @discardableResult
    public func expectJSON(
        _ expected: some Encodable, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        expectJSON("$", expected, sourceLocation: sourceLocation)
    }

    /// Expects an array or object with so many elements or members at `path`; for a path with `*`, so many values.
    @discardableResult
    public func expectJSON(
        _ path: String, count: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) -> TestResponse {
        checkJSON(path, sourceLocation) { value in
            (value?.arrayValue?.count ?? value?.objectValue?.count) == count ? nil : "to have \(count) elements"
        }
    }

    /// Expects that there is nothing at `path`, not even null.
    @discardableResult
    public func expectNoJSON(_ path: String, sourceLocation: SourceLocation = #_sourceLocation) -> TestResponse {
        checkJSON(path, sourceLocation) { value in
            value == nil || (value?.arrayValue?.isEmpty == true && path.contains("*")) ? nil : "to be absent"
        }
    }

    /// - Parameter complaint: what was expected of the value; nil when it is met.
    private func checkJSON(
        _ path: String, _ sourceLocation: SourceLocation, complaint: (JSONValue?) throws -> String?
    ) -> TestResponse {
        do {
            let value = try json(path)
            guard let complaint = try complaint(value) else { return self }
            return check(false, "expected \(path) \(complaint), got \(value?.text ?? "nothing")", sourceLocation)
        } catch {
            return check(false, "\(path): \(error)", sourceLocation)
        }
    }

    // MARK: Reporting

    private static func list(_ values: [String]) -> String {
        values.isEmpty ? "none" : values.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    private func check(
        _ isMet: Bool, _ complaint: @autoclosure () -> String, _ sourceLocation: SourceLocation
    ) -> TestResponse {
        if !isMet { Issue.record("\(request): \(complaint())\n\(report)", sourceLocation: sourceLocation) }
        return self
    }
}
