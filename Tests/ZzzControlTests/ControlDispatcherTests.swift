import Testing
import ZzzControl
import ZzzJSON

@Suite struct ControlDispatcherTests {
    private let service = FakeService()
    private let owner = PeerCredentials(pid: 1, uid: 1000, gid: 1000)

    private func respond(_ line: String, from peer: PeerCredentials? = nil) throws -> JSONValue {
        let dispatcher = ControlDispatcher(service: service, access: ControlAccess(owner: 1000, group: 50))
        let response = dispatcher.respond(to: Array(line.utf8), from: peer ?? owner)
        #expect(response.last == UInt8(ascii: "\n"))
        #expect(!response.dropLast().contains(UInt8(ascii: "\n")))
        return try JSONValue(parsing: response)
    }

    @Test(arguments: [
        ("status", "status"), ("apps", "apps"), ("routes", "routes -"), ("metrics", "metrics -"),
        ("crashes", "crashes -"), ("sockets", "sockets - -"), ("channels", "channels -"), ("reload", "reload -"),
        ("check", "check"), ("stop", "stop"),
        ("upgrade", "upgrade - 0"),
    ])
    func `calls the service`(command: String, call: String) throws {
        let response = try respond(#"{"id":7,"command":"\#(command)"}"#)
        #expect(response["id"] == 7)
        #expect(response["ok"] == true)
        #expect(response["result"]?.objectValue != nil)
        #expect(service.asked == [call])
    }

    @Test(arguments: ["routes", "metrics", "crashes", "channels", "reload", "unload"])
    func `hands the app over`(command: String) throws {
        let response = try respond(#"{"id":7,"command":"\#(command)","arguments":{"app":"blog"}}"#)
        #expect(response["ok"] == true)
        #expect(service.asked == ["\(command) blog"])
    }

    @Test func `hands the names of sockets and topics over`() throws {
        for (command, arguments, call) in [
            ("sockets", #"{"app":"blog","id":"user:7"}"#, "sockets blog user:7"),
            ("presence", #"{"topic":"room:lobby","app":"blog"}"#, "presence room:lobby blog"),
            ("disconnect", #"{"id":"user:7"}"#, "disconnect user:7 -"),
        ] {
            let response = try respond(#"{"id":7,"command":"\#(command)","arguments":\#(arguments)}"#)
            #expect(response["ok"] == true)
            #expect(service.asked.last == call)
        }
        for command in ["presence", "disconnect"] {
            #expect(try respond(#"{"id":7,"command":"\#(command)"}"#)["error"]?["code"] == "bad-request")
        }
    }

    @Test func `hands the arguments of an upgrade over`() throws {
        let line = #"{"id":7,"command":"upgrade","arguments":{"binary":"/opt/zzzd","ready_within":"0.1"}}"#
        #expect(try respond(line)["result"]?["pid"] == 4800)
        #expect(service.asked == ["upgrade /opt/zzzd 100"])
    }

    @Test(arguments: ["", "soon", "0.09", "3601", "nan", "-1"])
    func `refuses a time that is none`(text: String) throws {
        let line = #"{"id":7,"command":"upgrade","arguments":{"ready_within":"\#(text)"}}"#
        #expect(try respond(line)["error"]?["code"] == "bad-request")
        #expect(service.asked.isEmpty)
    }

    @Test func `passes errors on`() throws {
        let response = try respond(#"{"id":8,"command":"reload","arguments":{"app":"other"}}"#)
        #expect(
            response == [
                "id": 8, "ok": false,
                "error": [
                    "code": "app-not-found", "message": "there is no app other", "remedy": "zzzctl apps lists them",
                ],
            ])
    }

    @Test func `answers a line that is no request`() throws {
        let response = try respond("nonsense")
        #expect(response["id"] == .null)
        #expect(response["ok"] == false)
        #expect(response["error"]?["code"] == "bad-request")
        #expect(service.asked.isEmpty)
    }

    @Test func `keeps strangers out of every command`() throws {
        let stranger = PeerCredentials(pid: 1, uid: 2000, gid: 2000, groups: [2000, 51])
        for command in ControlCommand.allCases {
            let response = try respond(#"{"id":1,"command":"\#(command.rawValue)"}"#, from: stranger)
            #expect(response["error"]?["code"] == "not-permitted")
        }
        #expect(try respond("nonsense", from: stranger)["error"]?["code"] == "not-permitted")
        #expect(service.asked.isEmpty)
    }

    @Test(arguments: [
        PeerCredentials(pid: 1, uid: 0, gid: 0), PeerCredentials(pid: 1, uid: 1000, gid: 7),
        PeerCredentials(pid: 1, uid: 2000, gid: 50), PeerCredentials(pid: 1, uid: 2000, gid: 7, groups: [8, 50]),
    ])
    func `lets root, the owner and the group in`(peer: PeerCredentials) throws {
        #expect(try respond(#"{"id":1,"command":"status"}"#, from: peer)["ok"] == true)
    }

    @Test func `without a group only root and the owner get in`() {
        let access = ControlAccess(owner: 1000, group: nil)
        #expect(!access.allows(PeerCredentials(pid: 1, uid: 2000, gid: 1000, groups: [1000])))
        #expect(access.allows(owner))
    }
}
