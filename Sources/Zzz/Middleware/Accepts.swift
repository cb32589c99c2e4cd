/// A representation that a route can make.
public struct Format: Hashable, Sendable {
    /// "html": what `_format` calls it.
    public let name: String
    /// "text/html"
    public let mediaType: String

    public init(name: String, mediaType: String) {
        self.name = name
        self.mediaType = mediaType
    }

    public static let html = Format(name: "html", mediaType: "text/html")
    public static let json = Format(name: "json", mediaType: "application/json")
    public static let text = Format(name: "text", mediaType: "text/plain")
    public static let xml = Format(name: "xml", mediaType: "application/xml")
    public static let csv = Format(name: "csv", mediaType: "text/csv")
}

/// Chooses a representation by the client's Accept field, and answers 406 when there is none that it takes.
/// ``Context/format`` is the one that was chosen.
public struct Accepts: Middleware {
    private let formats: [Format]
    private let parameter: String?

    /// - Parameters:
    ///   - formats: what the routes can make, the one to prefer first.
    ///   - parameter: a parameter of the query that names the format and counts more than Accept; nil for none.
    public init(_ formats: Format..., parameter: String? = "_format") {
        self.formats = formats
        self.parameter = parameter
    }

    public func call(_ context: Context) throws -> Next {
        context.beforeSend { $0.addVary("Accept") }
        let types = formats.map(\.mediaType)
        let format: Format?
        if let parameter, let name = context.query[parameter] {
            format = formats.first { $0.name == name }
        } else {
            let type = context.preferredType(among: types)
            format = formats.first { $0.mediaType == type }
        }
        guard let format else { throw Abort(notAcceptable: types) }
        context.assigns[ChosenFormat.self] = format
        return .next
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if formats.isEmpty { throw StartupError("no formats") }
    }
}

private enum ChosenFormat: AssignKey { typealias Value = Format }

extension Context {
    /// What ``Accepts`` has chosen; nil without it.
    public var format: Format? { assigns[ChosenFormat.self] }
}
