/// Why a command failed: a code for scripts, a sentence for people, and what to do about it.
public struct ControlError: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// A code that scripts may rely on; the list may grow.
    public struct Code: RawRepresentable, Codable, Sendable, Hashable {
        public var rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The line is not a request: no JSON object, a missing or wrong field, too long.
        public static let badRequest = Code(rawValue: "bad-request")
        /// There is no such command.
        public static let unknownCommand = Code(rawValue: "unknown-command")
        /// The peer's user may not give commands.
        public static let notPermitted = Code(rawValue: "not-permitted")
        /// No app has that name.
        public static let appNotFound = Code(rawValue: "app-not-found")
        /// The new generation could not be loaded; the one before goes on.
        public static let loadFailed = Code(rawValue: "load-failed")
        /// There is no generation to go back to.
        public static let noPreviousGeneration = Code(rawValue: "no-previous-generation")
        /// The configuration has errors; nothing was changed.
        public static let configurationInvalid = Code(rawValue: "configuration-invalid")
        /// Another command that changes the same thing is under way.
        public static let busy = Code(rawValue: "busy")
        /// The daemon is stopping.
        public static let stopping = Code(rawValue: "stopping")
        /// The new server process is not one, or did not get ready; the one before goes on.
        public static let upgradeFailed = Code(rawValue: "upgrade-failed")
        /// The daemon runs without its supervisor, which alone can do that.
        public static let notSupervised = Code(rawValue: "not-supervised")
        /// A fault of the daemon itself.
        public static let internalError = Code(rawValue: "internal-error")
    }

    /// What went wrong, for scripts.
    public var code: Code
    /// What went wrong, as one sentence for people.
    public var message: String
    /// What to do about it; nil when there is nothing to say.
    public var remedy: String?

    public init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String {
        guard let remedy else { return message }
        return "\(message) (\(remedy))"
    }
}
