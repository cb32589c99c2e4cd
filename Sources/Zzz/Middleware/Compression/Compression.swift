import ZzzAppABI

/// The options of ``Compress``, and what follows from them for a response.
final class Compression: Sendable {
    let codings: [Compress.Coding]
    private let minimumBytes: Int
    let types: [String]

    init(codings: [Compress.Coding], minimumBytes: Int, types: [String]) {
        self.codings = codings
        self.minimumBytes = minimumBytes
        self.types = types.map { $0.lowercased() }
    }

    /// How a response is to be sent.
    struct Choice {
        var coding: Compress.Coding
        /// The client does not take it as it is, be it as small as it may.
        var isForced: Bool
    }

    /// What is done with the response of that context, which has its fields but for those of the coding. Adds Vary
    /// where another client might get another coding.
    /// - Parameter byteCount: nil when it is not known.
    func choose(_ context: Context, type: String, byteCount: Int?) -> Choice? {
        guard Self.isWhole(context) else { return nil }
        let lines = context.headers.all("accept-encoding")
        let field = AcceptEncodingField(lines.joined(separator: ","))
        let isForced = !lines.isEmpty && field.refusesIdentity
        guard isForced || (byteCount ?? .max) >= minimumBytes && isCompressible(type) else { return nil }
        context.addVary("Accept-Encoding")
        // The answer to HEAD has the fields of a GET, except those that only the body's making would tell
        // (RFC 9110 section 9.3.2).
        guard !lines.isEmpty, context.head.pointee.method != UInt8(ZZZ_METHOD_HEAD) else { return nil }
        let best = field.best(of: codings.lazy.filter(\.isAvailable)) { $0.name }
        return best.map { Choice(coding: $0, isForced: isForced) }
    }

    /// Whether there is a body, and one that may be encoded.
    private static func isWhole(_ context: Context) -> Bool {
        switch context.status.rawValue {
        case 204, 206, 304: return false
        default: break
        }
        let fields = context.fields
        return fields.values("Content-Encoding").isEmpty && fields.values("Content-Range").isEmpty
            && !fields.values("Cache-Control").contains { $0.lowercased().contains("no-transform") }
    }

    private func isCompressible(_ type: String) -> Bool {
        let essence = type.prefix { $0 != ";" }.trimmingBlanks().lowercased()
        return types.contains { pattern in
            if pattern.hasPrefix("*/*") { return essence.hasSuffix(pattern.dropFirst(3)) }
            if pattern.hasSuffix("/*") { return essence.hasPrefix(pattern.dropLast()) }
            return essence == pattern
        }
    }

    /// Says that the body is encoded. What was said about the other bytes does not hold any more.
    static func setFields(_ coding: Compress.Coding, _ context: Context) {
        context.setHeader("Content-Encoding", coding.name)
        context.fields.remove("Content-Length")
        context.fields.remove("Accept-Ranges")
        // The same for every coding, and so not for the bytes (RFC 9110 section 8.8.1).
        let tags = context.fields.values("ETag")
        if let tag = tags.first, !tag.hasPrefix("W/") { context.setHeader("ETag", "W/\(tag)") }
    }
}
