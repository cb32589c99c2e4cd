/// One error in the configuration, or one reason why it could not be read.
public struct ConfigError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where it is; nil when no file is to blame.
    public var location: SourceLocation?
    /// What is wrong and what to do about it, on one line.
    public var message: String

    public init(at location: SourceLocation?, _ message: String) {
        self.location = location
        self.message = message
    }

    /// The line that `zzz-config` prints: `FILE:LINE:COLUMN: error: MESSAGE`.
    public var description: String {
        guard let location else { return "error: \(message)" }
        return "\(location): error: \(message)"
    }

    /// Reads back such a line; a line of any other form becomes the message.
    public init(line: String) {
        let mark = ": error: "
        guard let range = line.range(ofText: mark) else {
            let isBare = line.hasPrefix("error: ")
            self.init(at: nil, isBare ? String(line.dropFirst("error: ".count)) : line)
            return
        }
        self.init(at: SourceLocation(text: line[..<range.lowerBound]), String(line[range.upperBound...]))
    }
}

/// A place in a configuration file.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named.
    public var file: String
    /// From 1; nil when the file as a whole is meant.
    public var line: Int?
    /// In characters (Unicode scalars) from 1, as toml++ counts; nil when the file as a whole is meant.
    public var column: Int?

    public init(file: String, line: Int? = nil, column: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String {
        guard let line, let column else { return file }
        return "\(file):\(line):\(column)"
    }

    /// Reads back what `description` writes. A file name may itself contain colons.
    init(text: Substring) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count >= 3, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]) {
            self.init(file: parts.dropLast(2).joined(separator: ":"), line: line, column: column)
        } else {
            self.init(file: String(text))
        }
    }
}

/// The configuration cannot be used: every error found, in the order of the files.
public struct ConfigFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public var errors: [ConfigError]

    public init(_ errors: [ConfigError]) {
        self.errors = errors
    }

    /// One line per error.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

extension String {
    /// Where `text` first occurs.
    func range(ofText text: String) -> Range<String.Index>? {
        let wanted = text.utf8
        var start = utf8.startIndex
        while start != utf8.endIndex {
            let rest = utf8[start...]
            if rest.starts(with: wanted) {
                return start..<utf8.index(start, offsetBy: wanted.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
