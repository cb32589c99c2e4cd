/// Why an app was not loaded, reloaded, rolled back or unloaded: one line that names the file, the reason and the
/// remedy.
public struct AppError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it is, for exit codes and status.
    public enum Kind: Sendable, Equatable {
        /// The file, or what its code did while loading, was refused; what ran before goes on.
        case refused
        /// No app has that name.
        case notFound
        /// There is no generation to go back to.
        case noPreviousGeneration
        /// The deployer is stopping.
        case stopping
        /// A system call of the daemon's own failed.
        case environment
    }

    public let kind: Kind
    /// The app's name; empty when the file has none.
    public var app: String
    /// The file as the administrator knows it; empty when no file is involved.
    public var file: String
    /// What is wrong, without the file's name: "file is truncated: ...".
    public let reason: String
    /// What to do about it.
    public let remedy: String

    public init(_ kind: Kind = .refused, app: String = "", file: String = "", reason: String, remedy: String) {
        self.kind = kind
        self.app = app
        self.file = file
        self.reason = OneLine.of(reason)
        self.remedy = OneLine.of(remedy)
    }

    /// "blog: /var/lib/zzz/apps/blog.so: file is truncated: copy it beside and rename it in"
    public var description: String {
        let subject = [app, file].filter { !$0.isEmpty }.joined(separator: ": ")
        return (subject.isEmpty ? "" : subject + ": ") + reason + ": " + remedy
    }

    /// The same error, about this app and file.
    func about(app: String, file: String) -> AppError {
        var copy = self
        copy.app = app
        copy.file = file
        return copy
    }
}

/// Text that others wrote, as one line of a log: line ends and other control characters become spaces.
enum OneLine {
    /// The longest line that is kept, in bytes of UTF-8.
    static let maximumByteCount = 2000

    static func of(_ text: String) -> String {
        var line = ""
        var isSpaceDue = false
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || scalar.value == 0x7F {
                isSpaceDue = !line.isEmpty
                continue
            }
            guard line.utf8.count < maximumByteCount else { return line + "..." }
            if isSpaceDue { line.unicodeScalars.append(" ") }
            isSpaceDue = false
            line.unicodeScalars.append(scalar)
        }
        return line
    }
}
