import CLinux
import Glibc

/// What a supervisor leaves to the program that it lets itself be replaced by: execve(2) keeps the process, its
/// children and its open descriptors, and this says what they are.
struct Handover: Equatable {
    static let variable = "ZZZ_SUPERVISOR_STATE"
    /// The first line. A supervisor that does not know it cannot go on with the sockets and processes.
    private static let format = "zzz-supervisor 1"

    struct Process: Equatable {
        let pid: pid_t
        /// -1 when its link has ended.
        let link: Int32
    }

    var serving: pid_t = 0
    var processes: [Process] = []
    /// As in `Supervision`: the clock goes on.
    var leaving: [pid_t: UInt64] = [:]
    var restarts = 0
    /// "exit 1" or "signal 9"
    var lastEnd: ProcessEnd?
    var lastEndTime = 0
    /// How long the serving process may be silent; 0: it is not watched.
    var pulseNanoseconds: UInt64 = 0
    var sockets: [DescriptorStore.Entry] = []

    var text: String {
        var lines = [Self.format, "serving \(serving)", "restarts \(restarts)", "pulse \(pulseNanoseconds)"]
        lines += processes.map { "process \($0.pid) \($0.link)" }
        lines += leaving.sorted { $0.key < $1.key }.map { "leaving \($0.key) \($0.value)" }
        switch lastEnd {
        case .exit(let code)?: lines.append("end exit \(code) \(lastEndTime)")
        case .signal(let number)?: lines.append("end signal \(number) \(lastEndTime)")
        case .hung(let number)?: lines += ["end signal \(number) \(lastEndTime)", "hung 1"]
        case .notStarted?, nil: break
        }
        lines += sockets.map { "socket \($0.descriptor) \($0.name)" }
        return lines.joined(separator: "\n")
    }

    init() {}

    /// nil when the text is not of this format.
    init?(text: String) {
        let lines = text.split(separator: "\n")
        guard lines.first.map(String.init) == Self.format else { return nil }
        for line in lines.dropFirst() {
            // The name of a socket is the last word, and may have spaces.
            let most = line.hasPrefix("socket ") ? 2 : 3
            let words = line.split(separator: " ", maxSplits: most).map(String.init)
            let numbers = words.map { Int32($0) }
            switch (words.first, words.count) {
            case ("serving", 2): serving = numbers[1] ?? 0
            case ("restarts", 2): restarts = Int(numbers[1] ?? 0)
            case ("pulse", 2): pulseNanoseconds = UInt64(words[1]) ?? 0
            case ("hung", 2): lastEnd = lastEnd?.afterHang
            case ("process", 3): processes.append(Process(pid: numbers[1] ?? 0, link: numbers[2] ?? -1))
            case ("leaving", 3): leaving[numbers[1] ?? 0] = UInt64(words[2]) ?? .max
            case ("end", 4):
                let number = numbers[2] ?? 0
                lastEnd = words[1] == "signal" ? .signal(number) : .exit(number)
                lastEndTime = Int(words[3]) ?? 0
            case ("socket", 3):
                sockets.append(DescriptorStore.Entry(name: words[2], descriptor: numbers[1] ?? -1))
            // What a newer version may add.
            default: continue
            }
        }
        guard serving > 0, processes.contains(where: { $0.pid == serving }) else { return nil }
    }

    /// The text that the program before this one has left; nil without one.
    static func takeFromEnvironment() -> String? {
        defer { unsetenv(variable) }
        return getenv(variable).map { String(cString: $0) }
    }

    /// Every descriptor that goes on.
    var descriptors: [Int32] { processes.map(\.link).filter { $0 >= 0 } + sockets.map(\.descriptor) }
}

extension Supervisor {
    /// Goes on where the program before this one ended.
    func resume(_ text: String) {
        guard let handover = Handover(text: text) else {
            log.write(.critical, "the state that the program before this one has left cannot be read")
            // With this process the links end, and the server processes finish what they began.
            exitStatus = 1
            return
        }
        for number in handover.descriptors { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        for socket in handover.sockets { store.add(socket.name, socket.descriptor) }
        children = handover.processes.map {
            Child(pid: $0.pid, link: $0.link >= 0 ? LinkSocket(descriptor: $0.link) : nil)
        }
        supervision.state = .serving(handover.serving)
        supervision.followsGoodProcess = true
        supervision.servesSince = Clock.now
        supervision.pulseWanted(
            handover.serving, withinNanoseconds: handover.pulseNanoseconds, now: Clock.now)
        supervision.leaving = handover.leaving
        supervision.restarts = handover.restarts
        supervision.lastEnd = handover.lastEnd
        lastEndTime = handover.lastEndTime
        log.write(.notice, "the supervisor runs the new program, \(ownPath)")
    }

    /// Runs `newProgram` in this process, unless it does so already. Returns only when that is not possible.
    func follow(_ newProgram: String) {
        guard !OwnProgram.isAt(newProgram), case .serving(let serving) = supervision.state else { return }
        var handover = Handover()
        handover.serving = serving
        handover.processes = children.map { Handover.Process(pid: $0.pid, link: $0.link?.descriptor ?? -1) }
        handover.leaving = supervision.leaving
        handover.restarts = supervision.restarts
        handover.lastEnd = supervision.lastEnd
        handover.lastEndTime = lastEndTime
        handover.pulseNanoseconds = supervision.pulses[serving]?.intervalNanoseconds ?? 0
        handover.sockets = store.entries
        let variables = environment + manager.variables.map { "\($0.name)=\($0.value)" }
            + ["\(Handover.variable)=\(handover.text)"]
        for number in handover.descriptors { _ = fcntl(number, F_SETFD, 0) }
        CStrings.with(arguments) { argv in
            CStrings.with(variables) { envp in _ = execve(newProgram, argv, envp) }
        }
        let reason = String(cString: strerror(errno))
        for number in handover.descriptors { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        program = newProgram
        log.write(.error, "the supervisor stays what it was, and starts \(newProgram): execve: \(reason)")
    }
}

/// The clock of `Supervision`.
enum Clock {
    static var now: UInt64 { zzz_linux_monotonic_ns() }
}
