import Glibc
import Testing

@testable import ZzzSupervisor

@Suite struct LinkTests {
    @Test func `a message is lines of NAME=VALUE`() {
        let message = LinkMessage([("READY", "1"), ("STATUS", "3 apps\nFDSTORE=1")])
        #expect(message.text == "READY=1\nSTATUS=3 apps FDSTORE=1", "a value is one line")
        #expect(LinkMessage(bytes: message.text.utf8) == message)
        #expect(message.has("READY") && !message.has("STATUS"))
        #expect(message.only(["READY", "STOPPING"]).text == "READY=1")
        #expect(LinkMessage(bytes: "nonsense\n=1\nA=\nB=x=y\n".utf8).text == "A=\nB=x=y")
    }

    @Test func `carries messages whole, with their descriptors, and tells the end`() throws {
        let (left, right) = try #require(LinkSocket.pair())
        defer { close(left.descriptor) }
        var pipeEnds: [Int32] = [-1, -1]
        try #require(pipe(&pipeEnds) == 0)
        let message = LinkMessage([("FDSTORE", "1"), ("FDNAME", "x")])
        #expect(right.send(message, descriptors: pipeEnds, waits: true))
        #expect(right.send(LinkMessage([("READY", "1")]), waits: true))
        for end in pipeEnds { close(end) }
        close(right.descriptor)
        guard case .message(message, let descriptors) = left.receive() else {
            Issue.record("not the first message")
            return
        }
        #expect(descriptors.count == 2)
        #expect(descriptors.allSatisfy { fcntl($0, F_GETFD) == FD_CLOEXEC })
        for descriptor in descriptors { close(descriptor) }
        guard case .message(LinkMessage([("READY", "1")]), descriptors: []) = left.receive() else {
            Issue.record("not the second message")
            return
        }
        guard case .end = left.receive() else {
            Issue.record("not the end")
            return
        }
        #expect(!left.send(message, waits: false))
    }

    @Test func `names sockets as systemd allows it`() {
        #expect(SocketName.listener("127.0.0.1:0") == "listen;127.0.0.1;0")
        #expect(SocketName.control("/run/zzz/control.sock") == "control;/run/zzz/control.sock")
        #expect(SocketName.listener("unix:/a b\u{7F}é") == "listen;unix;/a_b___")
        #expect(SocketName.listener("unix:/" + String(repeating: "x", count: 300)).utf8.count < 255)
        #expect(SocketName.isOurs("listen;x") && SocketName.isOurs("control;x"))
        #expect(SocketName.tickets("[::1]:443") == "tickets;[;;1];443" && SocketName.isOurs("tickets;x"))
        #expect(!SocketName.isOurs("http") && !SocketName.isOurs("unknown"))
    }

    @Test func `a server reads what it is told`() throws {
        typealias Variable = ServerLaunch.Variable
        let (left, right) = try #require(LinkSocket.pair())
        defer { for end in [left, right] { close(end.descriptor) } }
        let link = try #require(
            SupervisorLink(variables: [
                Variable.link: "\(left.descriptor)", Variable.pid: "7", Variable.restarts: "3",
                Variable.sockets: "2000=listen;unix;/a=b:2001=http:1=no:x=y:3", Variable.lastEnd: "SIGKILL",
                Variable.lastEndTime: "17", Variable.watchdog: "400000", Variable.program: "/zzzd",
            ]))
        #expect(link.sockets.map(\.name) == ["listen;unix;/a=b", "http"])
        #expect(link.sockets.map(\.descriptor) == [2000, 2001])
        #expect(link.restarts == 3 && link.lastEnd == "SIGKILL" && link.lastEndTime == 17)
        #expect(link.watchdogMicroseconds == 400_000 && link.program == "/zzzd" && !link.isBesideAnother)
        #expect(link.next() == nil)
        right.send(LinkMessage([("X_FUTURE", "1")]), waits: true)
        right.send(LinkMessage([("X_OUTCOME", "refused"), ("X_REASON", "busy")]), waits: true)
        right.send(LinkMessage([("X_OUTCOME", "ok"), ("X_PID", "9"), ("X_MSEC", "70")]), waits: true)
        right.send(LinkMessage([("DRAIN", "1")]), waits: true)
        #expect(link.next() == .notReplaced(reason: "busy"))
        #expect(link.next() == .replaced(pid: 9, milliseconds: 70))
        #expect(link.next() == .drain)
        #expect(link.next() == nil)
        #expect(SupervisorLink(variables: [:]) == nil)
    }

    @Test func `what a supervisor leaves to the next one is read back`() throws {
        var handover = Handover()
        handover.serving = 10
        handover.processes = [.init(pid: 10, link: 5), .init(pid: 9, link: -1)]
        handover.leaving = [9: 123_456_789_012]
        handover.restarts = 4
        handover.lastEnd = .signal(9)
        handover.lastEndTime = 1_795_300_000
        handover.pulseNanoseconds = 20_000_000_000
        handover.sockets = [
            .init(name: "listen;127.0.0.1;0", descriptor: 7), .init(name: "my http socket", descriptor: 8),
        ]
        #expect(Handover(text: handover.text) == handover)
        handover.lastEnd = .hung(6)
        #expect(Handover(text: handover.text) == handover)
        #expect(handover.descriptors == [5, 7, 8])
        #expect(Handover(text: handover.text + "\nfuture 1 2 3") == handover)
        #expect(Handover(text: "zzz-supervisor 2\nserving 10") == nil)
        #expect(Handover(text: "zzz-supervisor 1\nserving 10") == nil, "without its process")
    }
}
