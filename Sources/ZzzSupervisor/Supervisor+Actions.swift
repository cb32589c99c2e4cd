import Glibc

/// What `Supervision` wants done.
extension Supervisor {
    func perform(_ actions: [Supervision.Action]) {
        for action in actions {
            switch action {
            case .spawn(let program): spawn(program)
            case .drain(let pid): send([("DRAIN", "1")], to: pid)
            case .kill(let pid, let signal): deliver(signal, to: pid)
            case .answer(let pid, let outcome): send(Self.fields(outcome), to: pid)
            case .closeSockets: store.removeAll()
            case .reexecute(let program): follow(program)
            case .log(let level, let message): log.write(level, message)
            case .status(let text): manager.send(LinkMessage([("STATUS", text)]))
            case .exit(let status): exitStatus = status
            }
        }
    }

    /// A process that does not read its link must not stop this one: the message is lost then.
    private func send(_ fields: [(String, String)], to pid: pid_t) {
        link(of: pid)?.send(LinkMessage(fields), waits: false)
    }

    private func deliver(_ signal: Int32, to pid: pid_t) {
        // What a candidate that is no server has started goes with it.
        if signal == SIGKILL { kill(-pid, signal) }
        kill(pid, signal)
    }

    private static func fields(_ outcome: Supervision.Outcome) -> [(String, String)] {
        switch outcome {
        case .replaced(let pid, let milliseconds):
            [("X_OUTCOME", "ok"), ("X_PID", "\(pid)"), ("X_MSEC", "\(milliseconds)")]
        case .refused(let reason): [("X_OUTCOME", "refused"), ("X_REASON", reason)]
        }
    }

    // MARK: Messages

    func takeMessages() {
        for child in children { takeMessages(of: child.pid) }
    }

    func takeMessages(of pid: pid_t) {
        while let link = link(of: pid) {
            switch link.receive() {
            case .message(let message, let descriptors): handle(message, descriptors, from: pid)
            case .nothing: return
            case .end:
                close(link.descriptor)
                if let index = children.firstIndex(where: { $0.pid == pid }) { children[index].link = nil }
                return
            }
        }
    }

    private func handle(_ message: LinkMessage, _ descriptors: [Int32], from pid: pid_t) {
        let now = Clock.now
        note(message, from: pid, now: now)
        if message.has("FDSTORE") {
            store(descriptors, as: message["FDNAME"] ?? "", from: pid)
        } else {
            // Those of a BARRIER: that they are closed tells its sender that everything before it has been handled.
            for descriptor in descriptors { close(descriptor) }
        }
        if message.has("FDSTOREREMOVE"), let name = message["FDNAME"], mayStore(pid) {
            store.remove(name)
            manager.send(message.only(["FDSTOREREMOVE", "FDNAME"]))
        }
        if message.has("STOPPING") { perform(supervision.stopping(pid)) }
        if message.has("READY") { perform(supervision.ready(pid, now: now)) }
        if supervision.speaks(pid) { manager.send(message.only(forwarded)) }
        if message.has("X_REPLACE") || message["X_UPGRADE"] != nil {
            let limit = message["X_READY_WITHIN_MSEC"].flatMap { UInt64($0) } ?? 30_000
            perform(
                supervision.replacementWanted(
                    by: pid, program: message["X_UPGRADE"], withinNanoseconds: limit * 1_000_000, now: now))
        }
    }

    /// What asks for nothing at once.
    private func note(_ message: LinkMessage, from pid: pid_t, now: UInt64) {
        func nanoseconds(_ name: String) -> UInt64? {
            message[name].flatMap { UInt64($0) }.flatMap { $0 < 1 << 50 ? $0 * 1000 : nil }
        }
        if let time = nanoseconds("EXTEND_TIMEOUT_USEC") { supervision.needsTime(pid, nanoseconds: time, now: now) }
        if let interval = nanoseconds("WATCHDOG_USEC") {
            supervision.pulseWanted(pid, withinNanoseconds: interval, now: now)
        }
        if message.has("WATCHDOG") { supervision.isAlive(pid, now: now) }
        if message.has("RELOADING") { supervision.reloads(pid) }
        if let complaint = message["X_STUCK"] { supervision.complains(pid, complaint) }
        if let failure = message["X_FAILURE"] { supervision.failed(pid, failure) }
    }

    private var forwarded: Set<String> {
        let always: Set = ["READY", "STATUS", "RELOADING", "MONOTONIC_USEC", "STOPPING", "EXTEND_TIMEOUT_USEC"]
        return manager.watchdogMicroseconds == nil ? always : always.union(["WATCHDOG"])
    }

    /// One that leaves does not know any more what is wanted.
    private func mayStore(_ pid: pid_t) -> Bool {
        if case .stopping = supervision.state { return false }
        return supervision.leaving[pid] == nil
    }

    private func store(_ descriptors: [Int32], as name: String, from pid: pid_t) {
        guard mayStore(pid), SocketName.isOurs(name) else {
            for descriptor in descriptors { close(descriptor) }
            return
        }
        for descriptor in descriptors { store.add(name, descriptor) }
        // systemd would poll for errors and drop the socket at the first (FDPOLL= in sd_notify(3)).
        manager.send(
            LinkMessage([("FDSTORE", "1"), ("FDNAME", name), ("FDPOLL", "0")]), descriptors: descriptors)
    }
}
