import Testing
import ZzzControl

@Suite struct ControlRequestTests {
    private func read(_ text: String) throws(ControlRequest.Refusal) -> ControlRequest {
        try ControlRequest(line: Array(text.utf8))
    }

    @Test func `reads requests`() throws {
        #expect(try read(#"{"id":1,"command":"status"}"#) == ControlRequest(id: 1, command: .status))
        #expect(
            try read(#" {"arguments":{"app":"blog"}, "command":"reload", "id":-7, "later":true} "#)
                == ControlRequest(id: -7, command: .reload, app: "blog"))
        #expect(try read(#"{"id":1,"command":"reload","arguments":{}}"#) == ControlRequest(id: 1, command: .reload))
        #expect(try read(#"{"id":1,"command":"reload","arguments":null}"#) == ControlRequest(id: 1, command: .reload))
    }

    @Test func `reads what it writes`() throws {
        for command in ControlCommand.allCases {
            let takesApp = [.routes, .reload, .rollback, .unload].contains(command)
            var arguments = takesApp ? ["app": "blog"] : [:]
            if command == .presence { arguments["topic"] = "room:lobby" }
            if command == .disconnect { arguments["id"] = "user:7" }
            let request = ControlRequest(id: 9, command: command, arguments: arguments)
            let line = try request.line
            #expect(line.last == UInt8(ascii: "\n"))
            #expect(try ControlRequest(line: Array(line.dropLast())) == request)
        }
    }

    @Test(arguments: [
        ("", nil, ControlError.Code.badRequest), ("nonsense", nil, .badRequest), ("[]", nil, .badRequest),
        ("{}", nil, .badRequest), (#"{"id":1}"#, nil, .badRequest), (#"{"command":"status"}"#, nil, .badRequest),
        (#"{"id":"1","command":"status"}"#, nil, .badRequest), (#"{"id":1,"command":2}"#, nil, .badRequest),
        (#"{"id":1,"command":"status","arguments":[]}"#, nil, .badRequest),
        (#"{"id":1,"command":"reload","arguments":{"app":1}}"#, nil, .badRequest),
        (#"{"id":1,"command":"dance"}"#, 1, .unknownCommand), (#"{"id":2,"command":"Status"}"#, 2, .unknownCommand),
        (#"{"id":3,"command":"rollback"}"#, 3, .badRequest),
        (#"{"id":4,"command":"unload","arguments":{}}"#, 4, .badRequest),
        (#"{"id":5,"command":"reload","arguments":{"ap":"blog"}}"#, 5, .badRequest),
        (#"{"id":6,"command":"stop","arguments":{"app":"blog"}}"#, 6, .badRequest),
    ] as [(String, Int?, ControlError.Code)])
    func `refuses everything else`(text: String, id: Int?, code: ControlError.Code) {
        let refusal = #expect(throws: ControlRequest.Refusal.self) { try read(text) }
        #expect(refusal?.id == id)
        #expect(refusal?.error.code == code)
        #expect(refusal?.error.message.isEmpty == false)
    }

    @Test func `says which field is wrong`() {
        let missing = #expect(throws: ControlRequest.Refusal.self) { try read(#"{"id":1}"#) }
        #expect(missing?.error.message.contains("\"command\" is missing") == true)
        let mistyped = #expect(throws: ControlRequest.Refusal.self) { try read(#"{"id":"1","command":"status"}"#) }
        #expect(mistyped?.error.message.contains("\"id\" has the wrong type") == true)
    }
}
