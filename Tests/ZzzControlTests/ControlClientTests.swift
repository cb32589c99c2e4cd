import Glibc
import Testing
import ZzzControl
import ZzzJSON

@Suite struct ControlClientTests {
    private func call<Result: Decodable>(
        _ daemon: FakeDaemon, _ command: ControlCommand, app: String? = nil, as type: Result.Type,
        timeout: Duration = .seconds(20)
    ) throws(ControlClientError) -> Result {
        var client = try ControlClient(path: daemon.path, timeout: timeout)
        return try client.call(command, app: app, as: type)
    }

    @Test func `gets what the daemon says`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        var client = try ControlClient(path: daemon.path, timeout: .seconds(20))
        let status = try client.call(.status, as: StatusReport.self)
        #expect(status == FakeService.report)
        let change = try client.call(.unload, app: "blog", as: AppChange.self)
        #expect(change.action == .unloaded)
        #expect(daemon.service.asked == ["status", "unload blog"])
    }

    @Test func `throws the daemon's error`() throws {
        let daemon = try FakeDaemon()
        defer { daemon.stop() }
        let error = #expect(throws: ControlClientError.self) { try call(daemon, .unload, app: "x", as: AppChange.self) }
        #expect(
            error
                == .failed(ControlError(.appNotFound, "there is no app x", remedy: "zzzctl apps lists them")))
    }

    @Test func `says when nobody is there`() {
        let error = #expect(throws: ControlClientError.self) {
            _ = try ControlClient(path: "/nonexistent/control.sock", timeout: .seconds(1))
        }
        #expect(error == .unreachable(socket: "/nonexistent/control.sock", reason: "No such file or directory"))
    }

    @Test func `says when the path is too long`() {
        let error = #expect(throws: ControlClientError.self) {
            _ = try ControlClient(path: "/" + String(repeating: "a", count: 107), timeout: .seconds(1))
        }
        guard case .unreachable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `gives up at the deadline`() throws {
        let daemon = try FakeDaemon { line, _ in
            usleep(400_000)
            return line
        }
        defer { daemon.stop() }
        let begin = ContinuousClock.now
        let error = #expect(throws: ControlClientError.self) {
            try call(daemon, .status, as: StatusReport.self, timeout: .milliseconds(100))
        }
        #expect(error == .timedOut(seconds: 0.1))
        #expect(ContinuousClock.now - begin < .seconds(10))
    }

    @Test func `says when the daemon hangs up`() throws {
        let daemon = try FakeDaemon { _, _ in nil }
        defer { daemon.stop() }
        #expect(throws: ControlClientError.closed) { try call(daemon, .status, as: StatusReport.self) }
    }

    @Test(arguments: [
        "nonsense\n", "{}\n", "[]\n", #"{"id":1,"ok":true}"# + "\n", #"{"id":2,"ok":true,"result":{"apps":[]}}"# + "\n",
        #"{"id":1,"ok":false}"# + "\n", #"{"id":1,"ok":true,"result":{}}"# + "\n",
    ])
    func `says when the answer is none`(answer: String) throws {
        let daemon = try FakeDaemon { _, _ in Array(answer.utf8) }
        defer { daemon.stop() }
        let error = #expect(throws: ControlClientError.self) { try call(daemon, .apps, as: AppsReport.self) }
        guard case .notAResponse? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
