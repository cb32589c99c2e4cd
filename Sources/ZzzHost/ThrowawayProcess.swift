import CLinux
import Glibc

/// A child process that is given some input, a deadline and little room to talk, and is gone when `run` returns.
struct ThrowawayProcess: ~Copyable {
    /// How it came to its end.
    enum End: Equatable, Sendable {
        case exit(Int32)
        case signal(Int32)
        /// It was killed at the deadline.
        case deadline
        /// It was killed for writing too much.
        case reportTooLong
    }

    struct Outcome: Sendable {
        let end: End
        let report: [UInt8]
        /// The last lines it wrote to its standard output and error, as one line.
        let lastOutput: String
    }

    /// Where the child writes its report.
    static let reportDescriptor: Int32 = 3
    /// How much of the end of its output is kept, in bytes.
    static let keptOutputByteCount = 1024

    private let pid: pid_t
    private let input: Descriptor
    private let report: Descriptor
    private let output: Descriptor
    /// What is still to be fed.
    private var unsent: ArraySlice<UInt8>

    /// Starts `program` in a process group of its own, with no descriptors but its standard ones and the report's.
    ///
    /// - Parameters:
    ///   - environment: "NAME=value", in addition to this process's own variables.
    ///   - input: what it reads from its standard input.
    init(program: String, arguments: [String], environment: [String], input: [UInt8]) throws(SystemError) {
        let inputEnds = try Descriptor.streamPair()
        let reportEnds = try Descriptor.streamPair()
        let outputEnds = try Descriptor.streamPair()
        for number in [inputEnds.ours.number, reportEnds.ours.number, outputEnds.ours.number] {
            zzz_linux_set_nonblocking(number)
        }
        pid = try Self.spawn(
            program, arguments, Self.environment(adding: environment), input: inputEnds.theirs.number,
            report: reportEnds.theirs.number, output: outputEnds.theirs.number)
        self.input = inputEnds.ours
        report = reportEnds.ours
        output = outputEnds.ours
        unsent = input[...]
    }

    /// Feeds and reads the child until it has ended, and reaps it.
    consuming func run(deadline: Duration, reportLimitBytes: Int) -> Outcome {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: deadline)
        var reportBytes: [UInt8] = []
        var tail = OutputTail(limitBytes: Self.keptOutputByteCount)
        var killed: End?
        var status: Int32 = 0
        while true {
            // Looked at before the streams are read, so that nothing it wrote is missed.
            let hasEnded = retryingOnInterrupt { waitpid(pid, &status, WNOHANG) } == pid
            feed()
            readAll(report.number) {
                reportBytes.append(contentsOf: $0.prefix(reportLimitBytes + 1 - reportBytes.count))
            }
            readAll(output.number) { tail.append($0) }
            if hasEnded { break }
            if killed == nil, reportBytes.count > reportLimitBytes { killed = kill(.reportTooLong) }
            if killed == nil, clock.now >= end { killed = kill(.deadline) }
            wait()
        }
        // What it may have started.
        Glibc.kill(-pid, SIGKILL)
        return Outcome(end: killed ?? Self.end(status), report: reportBytes, lastOutput: tail.line)
    }

    private func kill(_ reason: End) -> End {
        Glibc.kill(-pid, SIGKILL)
        Glibc.kill(pid, SIGKILL)
        return reason
    }

    /// W_EXITCODE and its companions are macros that Swift does not see (wait(2)).
    private static func end(_ status: Int32) -> End {
        let signal = status & 0x7F
        return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
    }

    /// The end of the input is told by shutdown(2), since the child may wait for it.
    private mutating func feed() {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { bytes in
                retryingOnInterrupt { zzz_linux_send(input.number, bytes.baseAddress, bytes.count, 0) }
            }
            if count < 0, errno == EAGAIN { return }
            // EPIPE: it has gone.
            unsent = count < 0 ? [] : unsent.dropFirst(count)
            if unsent.isEmpty { shutdown(input.number, Int32(SHUT_WR)) }
        }
    }

    private func readAll(_ number: Int32, _ take: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
            while true {
                let count = retryingOnInterrupt { read(number, buffer.baseAddress, buffer.count) }
                guard count > 0 else { return }
                take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    /// Until there is something to do. A stream that a grandchild holds open does not tell of the child's end, so at
    /// most 20 ms.
    private func wait() {
        var polled = [
            pollfd(fd: report.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: unsent.isEmpty ? -1 : input.number, events: Int16(POLLOUT), revents: 0),
        ]
        _ = poll(&polled, nfds_t(polled.count), 20)
        // All closed: its end is near, and poll would not wait for it.
        if polled.allSatisfy({ $0.fd < 0 || Int32($0.revents) & POLLHUP != 0 }) { usleep(500) }
    }
}

// MARK: - posix_spawn

extension ThrowawayProcess {
    /// This process's variables, without those that would let the child speak for the daemon.
    private static func environment(adding added: [String]) -> [String] {
        let withheld = ["NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_", "JOURNAL_STREAM=", "SWIFT_BACKTRACE="]
        var variables: [String] = []
        var next = environ
        while let variable = next.pointee {
            let text = String(cString: variable)
            if !withheld.contains(where: { text.hasPrefix($0) }) { variables.append(text) }
            next += 1
        }
        // So that a trap ends the child at once, with one line, and without a debugger's report.
        return variables + ["SWIFT_BACKTRACE=enable=no"] + added
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String], input: Int32, report: Int32, output: Int32
    ) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // In this order no end is overwritten before it is used: the input's number is the lowest that was free, the
        // others are at least 3, and the report's comes last.
        for (from, to) in [(input, 0), (output, 1), (output, 2), (report, reportDescriptor)] {
            posix_spawn_file_actions_adddup2(&actions, from, to)
        }
        for number in inheritable { posix_spawn_file_actions_addclose(&actions, number) }

        var pid: pid_t = 0
        let code = withCStrings([program] + arguments) { argv in
            withCStrings(environment) { envp in zzz_linux_spawn(&pid, program, &actions, nil, 1, argv, envp) }
        }
        guard code == 0 else { throw SystemError("posix_spawn", program, code: code) }
        return pid
    }

    /// What this process has open without FD_CLOEXEC, although it should not: a socket that the app could keep, for
    /// example.
    private static var inheritable: [Int32] {
        let numbers = (Directory.names(in: "/proc/self/fd") ?? []).compactMap { Int32($0) }
        return numbers.filter { number in
            let flags = fcntl(number, F_GETFD)
            return number > reportDescriptor && flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return body(&pointers)
    }
}

/// The end of a stream of text.
struct OutputTail {
    let limitBytes: Int
    private var bytes: [UInt8] = []
    private var isCut = false

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        isCut = isCut || bytes.count + more.count > limitBytes
        bytes.append(contentsOf: more.suffix(limitBytes))
        if bytes.count > limitBytes { bytes.removeFirst(bytes.count - limitBytes) }
    }

    /// The whole lines in it, joined.
    var line: String {
        var kept = bytes[...]
        if isCut, let end = kept.firstIndex(of: UInt8(ascii: "\n")) { kept = kept[(end + 1)...] }
        return OneLine.of(String(decoding: kept, as: UTF8.self))
    }
}
