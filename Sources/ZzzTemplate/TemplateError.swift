/// Why a page could not be rendered whole.
public enum TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The page is larger than the output's limit.
    case tooLarge(limitBytes: Int)
    /// Templates that call themselves did so too often.
    case tooDeep(limit: Int)
    /// A value in a script can't be written as JSON.
    case notJSON(String)

    public var description: String {
        switch self {
        case .tooLarge(let limitBytes): "the page is larger than \(limitBytes) bytes"
        case .tooDeep(let limit): "templates call themselves more than \(limit) deep"
        case .notJSON(let reason): "a value in a script can't be written as JSON: \(reason)"
        }
    }
}
