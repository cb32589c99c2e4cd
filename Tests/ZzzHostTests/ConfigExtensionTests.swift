import Testing
import ZzzAppABI
import ZzzIO
import ZzzJSON

@testable import ZzzHost

@Suite struct ConfigExtensionTests {
    let generation: Generation
    let table = ConfigExtension.table.pointee

    init() throws {
        generation = try ScriptedApp.make(settings: [
            "title": "Our blög", "empty": "", "port": 8080, "ratio": 0.5, "debug": true,
            "mail": ["from": "a@example.com", "retries": 3],
            "servers": [["host": "one"], ["host": "two", "ports": [1, 2]]], "nothing": nil,
            "bad": ["number": .number(.infinity)],
        ])
    }

    private typealias Getter<Value> = (
        OpaquePointer?, zzz_bytes, UnsafeMutablePointer<Value>?, UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status

    private func get<Value>(_ getter: Getter<Value>, _ key: String, _ initial: Value) -> Result<Value, Refusal> {
        let report = ErrorReport()
        var value = initial
        let status = getter(generation.handle, LentBytes(key).bytes, &value, report.pointer)
        return status == Status.ok ? .success(value) : .failure(Refusal(status, report.message))
    }

    private func string(_ key: String) -> Result<String, Refusal> {
        get(table.string, key, zzz_bytes(data: nil, count: 0)).map(Self.text)
    }

    private func json(_ key: String) -> Result<String, Refusal> {
        get(table.json, key, zzz_bytes(data: nil, count: 0)).map(Self.text)
    }

    private static func text(_ bytes: zzz_bytes) -> String { String(decoding: bytes.buffer!, as: UTF8.self) }

    @Test func values() {
        #expect(string("title") == .success("Our blög"))
        #expect(string("empty") == .success(""))
        #expect(string("mail.from") == .success("a@example.com"))
        #expect(string("servers.1.host") == .success("two"))
        #expect(get(table.integer, "port", 0) == .success(8080))
        #expect(get(table.integer, "servers.1.ports.0", 0) == .success(1))
        #expect(get(table.number, "ratio", 0) == .success(0.5))
        #expect(get(table.number, "port", 0) == .success(8080))
        #expect(get(table.boolean, "debug", 0) == .success(1))
        #expect(get(table.count, "servers", 0) == .success(2))
        #expect(get(table.count, "mail", 0) == .success(2))
        #expect(get(table.count, "", 0) == .success(9))
    }

    @Test func whatIsNotThere() {
        for key in [
            "absent", "mail.absent", "servers.2", "servers.x", "servers.-1", "title.x", ".", "mail.", ".mail", "port.0",
        ] {
            #expect(string(key) == .failure(Refusal(Status.notFound, "no setting \"\(key)\"")), "\(key)")
        }
    }

    @Test func otherTypes() {
        #expect(string("port") == .failure(.invalid("setting \"port\" is an integer, not a string")))
        #expect(string("nothing") == .failure(.invalid("setting \"nothing\" is null, not a string")))
        #expect(string("mail") == .failure(.invalid("setting \"mail\" is a table, not a string")))
        #expect(get(table.integer, "ratio", 0) == .failure(.invalid("setting \"ratio\" is a number, not an integer")))
        #expect(get(table.number, "title", 0) == .failure(.invalid("setting \"title\" is a string, not a number")))
        #expect(get(table.boolean, "port", 0) == .failure(.invalid("setting \"port\" is an integer, not a boolean")))
        #expect(
            get(table.count, "debug", 0)
                == .failure(.invalid("setting \"debug\" is a boolean, not a table or an array")))
    }

    @Test func keysInTheOrderOfTheFile() {
        func key(_ path: String, _ index: UInt32) -> Result<String, Refusal> {
            let report = ErrorReport()
            var value = zzz_bytes(data: nil, count: 0)
            let status = table.key_at(generation.handle, LentBytes(path).bytes, index, &value, report.pointer)
            return status == Status.ok ? .success(Self.text(value)) : .failure(Refusal(status, report.message))
        }
        #expect(
            (0..<9).map { try? key("", $0).get() } == [
                "title", "empty", "port", "ratio", "debug", "mail", "servers", "nothing", "bad",
            ])
        #expect(key("mail", 1) == .success("retries"))
        #expect(key("mail", 2) == .failure(Refusal(Status.notFound, "setting \"mail\" has 2 keys, none at 2")))
        #expect(key("servers", 0) == .failure(.invalid("setting \"servers\" is an array, not a table")))
    }

    @Test func jsonText() {
        #expect(json("mail") == .success(#"{"from":"a@example.com","retries":3}"#))
        #expect(json("title") == .success(#""Our blög""#))
        #expect(json("servers.1.ports") == .success("[1,2]"))
        #expect(json("bad") == .failure(.invalid("the value holds a number that JSON cannot express")))
        #expect(json("absent") == .failure(Refusal(Status.notFound, "no setting \"absent\"")))
    }

    /// What is lent stays where it is.
    @Test func lentBytesStay() throws {
        let first = try get(table.string, "title", zzz_bytes(data: nil, count: 0)).get()
        let again = try get(table.string, "title", zzz_bytes(data: nil, count: 0)).get()
        #expect(first.data == again.data)
        let json = try get(table.json, "mail", zzz_bytes(data: nil, count: 0)).get()
        let jsonAgain = try get(table.json, "mail", zzz_bytes(data: nil, count: 0)).get()
        #expect(json.data == jsonAgain.data)
    }

    @Test func aboutTheApp() {
        #expect(Self.text(table.name(generation.handle)) == "scripted")
        #expect(Self.text(table.state_directory(generation.handle)) == "/state")
        #expect(table.generation(generation.handle) == 7)
        #expect(table.name(nil).count == 0)
        #expect(table.state_directory(OpaquePointer(bitPattern: 77)).count == 0)
        #expect(table.generation(nil) == 0)
    }

    @Test func misuse() {
        let key = LentBytes("title").bytes
        var value = zzz_bytes(data: nil, count: 0)
        #expect(table.string(nil, key, &value, nil) == Status.invalid)
        #expect(table.string(generation.handle, key, nil, nil) == Status.invalid)
        #expect(table.string(generation.handle, zzz_bytes(data: nil, count: 5), &value, nil) == Status.invalid)
    }

    @Test(arguments: [(1023, Status.notFound), (1024, Status.notFound), (1025, Status.invalid)])
    func keyLengthLimit(length: Int, status: zzz_status) {
        var value = zzz_bytes(data: nil, count: 0)
        let key = LentBytes(String(repeating: "k", count: length)).bytes
        #expect(table.string(generation.handle, key, &value, nil) == status)
    }
}

@Suite struct ExtensionRegistryTests {
    @Test func lookups() {
        let host = ScriptedApp.host.pointer.pointee
        #expect(host.size == UInt32(MemoryLayout<zzz_host>.size))
        #expect(host.abi_major == 1)
        #expect(String(cString: host.version) == "0.0-test")
        for name in ["http", "loop", "log", "config", "crypto", "store"] {
            #expect(host.extension("zzz.\(name)/1") != nil)
        }
        #expect(host.extension("zzz.http/1") == UnsafeRawPointer(HTTPExtension.table))
        for name in ["zzz.http/2", "zzz.http", "", "zzz.http/1 ", String(repeating: "x", count: 1000)] {
            #expect(host.extension(name) == nil)
        }
        #expect(host.extension(nil) == nil)
    }

    @Test func nameLengthLimit() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
        for (length, isFound) in [(63, true), (64, true), (65, false)] {
            let name = String(repeating: "e", count: length)
            ExtensionRegistry.add(name, memory)
            #expect((ScriptedApp.host.pointer.pointee.extension(name) != nil) == isFound)
        }
    }
}

@Suite struct BlockingQueueTests {
    @Test func inOrder() {
        let queue = BlockingQueue<Int>()
        for number in 0..<10 { queue.push(number) }
        #expect((0..<10).map { _ in queue.pop() } == Array(0..<10))
    }

    @Test func deadline() {
        let queue = BlockingQueue<Int>()
        let clock = ContinuousClock()
        let began = clock.now
        #expect(queue.pop(within: .milliseconds(30)) == nil)
        #expect(began.duration(to: clock.now) >= .milliseconds(30))
        #expect(queue.pop(within: .milliseconds(-5)) == nil)
    }

    @Test func closed() throws {
        let queue = BlockingQueue<Int>()
        queue.push(1)
        queue.close()
        #expect(!queue.push(2))
        #expect(queue.pop() == 1)
        #expect(queue.pop() == nil)

        let waiting = BlockingQueue<Int>()
        let result = BlockingQueue<Bool>()
        DetachedThread.start("waits") { result.push(waiting.pop() == nil) }
        waiting.close()
        #expect(result.pop(within: .seconds(30)) == true)
    }

    @Test func aCallThatReturnsAndOneThatDoesNot() throws {
        guard case .returned(7) = try GuardedCall.run(app: nil, within: .seconds(30), { 7 }) else {
            Issue.record("the call has not returned")
            return
        }
        let never = BlockingQueue<Int>()
        guard case .late = try GuardedCall.run(app: nil, within: .milliseconds(30), { never.pop() ?? 0 }) else {
            Issue.record("the call is not late")
            return
        }
        never.push(1)
    }
}
