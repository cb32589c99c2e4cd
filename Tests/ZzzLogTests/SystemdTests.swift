import Glibc
import Testing
@testable import ZzzLog

@Suite struct SystemdNotifyTests {
    @Test(arguments: [false, true])
    func `sends what systemd wants to hear`(isAbstract: Bool) throws {
        let receiver = try Receiver(isAbstract: isAbstract)
        let notify = try #require(SystemdNotify(environment: ["NOTIFY_SOCKET": receiver.path], pid: 1))
        #expect(notify.ready(status: "3 apps"))
        #expect(receiver.next() == "READY=1\nSTATUS=3 apps")
        #expect(notify.ready())
        #expect(receiver.next() == "READY=1")
        #expect(notify.stopping(status: "draining"))
        #expect(receiver.next() == "STOPPING=1\nSTATUS=draining")
        #expect(notify.status("two\nlines\r\nREADY=1"))
        #expect(receiver.next() == "STATUS=two lines READY=1")
        #expect(notify.watchdog())
        #expect(receiver.next() == "WATCHDOG=1")
        #expect(notify.extendTimeout(by: .milliseconds(1500)))
        #expect(receiver.next() == "EXTEND_TIMEOUT_USEC=1500000")
    }

    @Test func `says when a reload began`() throws {
        let receiver = try Receiver(isAbstract: true)
        let notify = try #require(SystemdNotify(environment: ["NOTIFY_SOCKET": receiver.path], pid: 1))
        func now() -> Int {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
        }
        let before = now()
        #expect(notify.reloading(status: "again"))
        let lines = receiver.next().split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0] == "RELOADING=1")
        #expect(lines[2] == "STATUS=again")
        let time = try #require(Int(lines[1].dropFirst("MONOTONIC_USEC=".count)))
        #expect((before...now()).contains(time))
    }

    @Test func `says when nobody hears it`() {
        let notify = SystemdNotify(environment: ["NOTIFY_SOCKET": "/nonexistent/notify"], pid: 1)
        #expect(notify?.ready() == false)
    }

    @Test(arguments: [nil, "", "relative", "@", "/", "/" + String(repeating: "a", count: 107)])
    func `is not there without a socket it can use`(path: String?) {
        #expect(SystemdNotify(environment: path.map { ["NOTIFY_SOCKET": $0] } ?? [:], pid: 1) == nil)
    }

    @Test(arguments: [
        (nil, nil, nil), ("30000000", nil, .seconds(30)), ("30000000", "7", .seconds(30)), ("30000000", "8", nil),
        ("0", nil, nil), ("-5", nil, nil), ("x", nil, nil),
    ] as [(String?, String?, Duration?)])
    func `knows how often the watchdog wants to be fed`(microseconds: String?, pid: String?, interval: Duration?) {
        var environment = ["NOTIFY_SOCKET": "/run/notify"]
        environment["WATCHDOG_USEC"] = microseconds
        environment["WATCHDOG_PID"] = pid
        #expect(SystemdNotify(environment: environment, pid: 7)?.watchdogInterval == interval)
    }
}

@Suite struct SocketActivationTests {
    private func sockets(_ environment: [String: String]) -> [String] {
        SocketActivation.sockets(environment: environment, pid: 7).map { "\($0.name)=\($0.descriptor)" }
    }

    @Test func `names what systemd handed over`() {
        #expect(sockets(["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:admin"]) == [
            "http=3", "admin=4",
        ])
        #expect(sockets(["LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:"]) == [
            "http=3", "unknown=4", "unknown=5",
        ])
        #expect(sockets(["LISTEN_PID": "7", "LISTEN_FDS": "1"]) == ["unknown=3"])
    }

    @Test(arguments: [
        [:], ["LISTEN_FDS": "1"], ["LISTEN_PID": "8", "LISTEN_FDS": "1"], ["LISTEN_PID": "7"],
        ["LISTEN_PID": "7", "LISTEN_FDS": "0"], ["LISTEN_PID": "7", "LISTEN_FDS": "-1"],
        ["LISTEN_PID": "7", "LISTEN_FDS": "x"], ["LISTEN_PID": "7", "LISTEN_FDS": "1025"],
    ] as [[String: String]])
    func `finds nothing that is not meant for this process`(environment: [String: String]) {
        #expect(sockets(environment) == [])
    }

    @Test func `believes in 1024 sockets and no more`() {
        for (count, found) in [(1023, 1023), (1024, 1024), (1025, 0)] {
            #expect(sockets(["LISTEN_PID": "7", "LISTEN_FDS": "\(count)"]).count == found)
        }
    }

    @Test func `children do not inherit them again`() {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0)
        SocketActivation.setCloseOnExec(descriptor)
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }
}
