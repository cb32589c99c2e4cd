/// A request that did not come to its response: the connection broke, the app took too long, or the test asked for what
/// cannot be sent.
public struct TestFailure: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
