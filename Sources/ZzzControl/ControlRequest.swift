import ZzzJSON

/// One request line: `{"id":1,"command":"reload","arguments":{"app":"blog"}}`.
public struct ControlRequest: Sendable, Equatable {
    /// Chosen by the client, and repeated in the response.
    public var id: Int
    public var command: ControlCommand
    /// By name: those that `command` takes.
    public var arguments: [String: String]

    /// The argument `app`, for the commands that take one.
    public var app: String? { arguments["app"] }

    public init(id: Int, command: ControlCommand, app: String? = nil) {
        self.init(id: id, command: command, arguments: app.map { ["app": $0] } ?? [:])
    }

    public init(id: Int, command: ControlCommand, arguments: [String: String]) {
        self.id = id
        self.command = command
        self.arguments = arguments
    }

    /// Why a line is no request, and the id to answer with if there was one.
    public struct Refusal: Error, Equatable {
        public var id: Int?
        public var error: ControlError
    }

    /// Reads a line without its LF. Arguments that the command does not take are refused: were a misspelt `app`
    /// ignored, the command would be applied to every app.
    public init(line: [UInt8]) throws(Refusal) {
        let wire: Wire
        do {
            wire = try JSONBytesDecoder().decode(Wire.self, from: line)
        } catch {
            throw Refusal(
                id: nil,
                error: ControlError(
                    .badRequest, "the line is no request: \(ControlRequest.reason(error))",
                    remedy: "send {\"id\":1,\"command\":\"status\"} and a line feed"))
        }
        func refusal(_ code: ControlError.Code, _ message: String, remedy: String?) -> Refusal {
            Refusal(id: wire.id, error: ControlError(code, message, remedy: remedy))
        }
        guard let command = ControlCommand(rawValue: wire.command) else {
            let known = ControlCommand.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal(
                .unknownCommand, "there is no command \"\(wire.command)\"", remedy: "the commands are \(known)")
        }
        let arguments = wire.arguments ?? [:]
        for name in arguments.keys.sorted() where command.arguments[name] == nil {
            throw refusal(.badRequest, "\(command.rawValue) takes no argument \"\(name)\"", remedy: nil)
        }
        for (name, isRequired) in command.arguments where isRequired && arguments[name] == nil {
            throw refusal(.badRequest, "\(command.rawValue) needs the argument \"\(name)\"", remedy: nil)
        }
        self.init(id: wire.id, command: command, arguments: arguments)
    }

    /// The request as a line with its LF.
    public var line: [UInt8] {
        get throws {
            let arguments = arguments.isEmpty ? nil : arguments
            return try JSONBytesEncoder().encode(Wire(id: id, command: command.rawValue, arguments: arguments))
                + [UInt8(ascii: "\n")]
        }
    }

    /// An argument of a command that needs it.
    func required(_ name: String) throws(ControlError) -> String {
        guard let value = arguments[name] else {
            throw ControlError(.badRequest, "\(command.rawValue) needs the argument \"\(name)\"")
        }
        return value
    }

    /// The argument `ready_within` in milliseconds: a number of seconds from 0.1 to 3600; nil without it.
    func readyWithinMilliseconds() throws(ControlError) -> Int? {
        guard let text = arguments["ready_within"] else { return nil }
        guard let seconds = Double(text), (0.1...3600).contains(seconds) else {
            throw ControlError(.badRequest, "ready_within is not a number of seconds from 0.1 to 3600: \"\(text)\"")
        }
        return Int(seconds * 1000)
    }

    /// A decoding error in few words.
    static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "the field \"\(key.stringValue)\" is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "it is not an object"
                : "the field \"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has the wrong type"
        case DecodingError.dataCorrupted(let context): context.debugDescription
        default: String(describing: error)
        }
    }

    private struct Wire: Codable {
        var id: Int
        var command: String
        var arguments: [String: String]?
    }
}
