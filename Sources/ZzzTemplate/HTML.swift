/// Text that is HTML already, and is written as it is between tags. Make one only of what you trust: nothing is
/// escaped.
public struct HTML: Template, Sendable {
    public let markup: String

    public init(trusted markup: String) { self.markup = markup }

    public func render(into output: inout HTMLOutput) { output.append(markup) }
}
