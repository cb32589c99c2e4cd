/// Names a value that travels with a context, from one function to the next:
/// ```swift
/// enum CurrentUser: AssignKey { typealias Value = User }
/// context.assigns[CurrentUser.self] = user
/// ```
public protocol AssignKey {
    associatedtype Value
}

/// The values that travel with a context, by key type.
public struct Assigns {
    let context: Context

    /// The value, or nil when none was assigned.
    public subscript<Key: AssignKey>(key: Key.Type) -> Key.Value? {
        get { context.assignments[ObjectIdentifier(key)] as? Key.Value }
        nonmutating set {
            context.isTouched = true
            context.assignments[ObjectIdentifier(key)] = newValue
        }
    }

    /// The value, or `fallback` when none was assigned: `context.assigns[Seen.self, default: []].append("a")`.
    public subscript<Key: AssignKey>(key: Key.Type, default fallback: @autoclosure () -> Key.Value) -> Key.Value {
        get { self[key] ?? fallback() }
        nonmutating set { self[key] = newValue }
    }

    /// The value. An error that renders as 500 without one: the code that should assign it did not run.
    public func require<Key: AssignKey>(_ key: Key.Type) throws -> Key.Value {
        guard let value = self[key] else { throw MisuseError("nothing was assigned to \(key)") }
        return value
    }
}

extension Context {
    /// The values that travel with this context.
    public var assigns: Assigns { Assigns(context: self) }
}

/// A mistake in an app's code, found at run time: answered with 500, told to the log.
public struct MisuseError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ message: String) { description = message }
}
