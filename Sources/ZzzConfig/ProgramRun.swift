import CLinux
import Glibc

/// Runs a program to its end and collects what it writes, within a limit of time and of bytes.
///
/// It blocks, so it is not for a loop's thread. The caller's process must leave the child to this function: a SIGCHLD
/// handler that waits for any child would take its exit status away.
public struct ProgramRun: Sendable, Equatable {
    /// What the program wrote to its standard output.
    public var output: [UInt8]
    /// What the program wrote to its standard error.
    public var errorOutput: [UInt8]
    /// Its exit status; 128 plus the signal's number when a signal ended it.
    public var status: Int32

    /// Why there is no result.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// A system call failed: its name and `errno`.
        case system(call: String, code: Int32)
        /// It was still running at the deadline, and was killed.
        case timedOut(milliseconds: Int)
        /// It wrote more than the limit, and was killed.
        case tooMuchOutput(limit: Int)

        public var description: String {
            switch self {
            case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
            case .timedOut(let milliseconds): "did not end within \(TimeSpan(milliseconds: milliseconds))"
            case .tooMuchOutput(let limit): "wrote more than \(ByteCount(bytes: limit))"
            }
        }
    }

    /// Runs `program` (a path; PATH is not searched) with this process's environment and an empty standard input.
    ///
    /// - Parameters:
    ///   - arguments: without the program's own name.
    ///   - outputLimit: the most bytes taken from each of its two outputs.
    ///   - timeout: until when it must have ended; then it is killed.
    public static func run(
        _ program: String, _ arguments: [String], outputLimit: Int, timeout: TimeSpan
    ) throws(Failure) -> ProgramRun {
        let deadline = monotonicMilliseconds() + timeout.milliseconds
        var output = try CapturedOutput(limit: outputLimit)
        var errorOutput: CapturedOutput
        do {
            errorOutput = try CapturedOutput(limit: outputLimit)
        } catch {
            output.closeAll()
            throw error
        }
        defer {
            output.closeAll()
            errorOutput.closeAll()
        }
        let pid = try spawn(program, arguments, output: output.writeEnd, errorOutput: errorOutput.writeEnd)
        output.closeWriteEnd()
        errorOutput.closeWriteEnd()
        do throws(Failure) {
            try collect(&output, &errorOutput, deadline: deadline, timeout: timeout)
            let status = try awaitExit(of: pid, deadline: deadline, timeout: timeout)
            return ProgramRun(output: output.bytes, errorOutput: errorOutput.bytes, status: status)
        } catch {
            kill(pid, SIGKILL)
            _ = wait(for: pid)
            throw error
        }
    }

    private static func collect(
        _ output: inout CapturedOutput, _ errorOutput: inout CapturedOutput, deadline: Int, timeout: TimeSpan
    ) throws(Failure) {
        while output.isOpen || errorOutput.isOpen {
            let remaining = deadline - monotonicMilliseconds()
            guard remaining > 0 else { throw .timedOut(milliseconds: timeout.milliseconds) }
            // poll(2) ignores negative descriptors.
            var polled = [output.pollEntry, errorOutput.pollEntry]
            let count = poll(&polled, 2, Int32(clamping: remaining))
            guard count >= 0 || errno == EINTR else { throw .system(call: "poll", code: errno) }
            if count > 0, polled[0].revents != 0 { try output.read() }
            if count > 0, polled[1].revents != 0 { try errorOutput.read() }
        }
    }

    /// Its outputs are closed, so it is about to end; poll for that, since no portable call waits with a deadline.
    private static func awaitExit(of pid: pid_t, deadline: Int, timeout: TimeSpan) throws(Failure) -> Int32 {
        while true {
            var status: Int32 = 0
            let result = waitpid(pid, &status, WNOHANG)
            if result == pid { return exitStatus(status) }
            guard result == 0 || errno == EINTR else { throw .system(call: "waitpid", code: errno) }
            guard monotonicMilliseconds() < deadline else { throw .timedOut(milliseconds: timeout.milliseconds) }
            usleep(1000)
        }
    }

    private static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return exitStatus(status)
    }

    /// WIFEXITED, WEXITSTATUS and WTERMSIG are macros that Swift does not see.
    private static func exitStatus(_ status: Int32) -> Int32 {
        status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    private static func monotonicMilliseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}

extension ProgramRun {
    /// Starts the program with default signal dispositions and an empty signal mask: the daemon blocks and ignores
    /// signals that a child must not.
    private static func spawn(
        _ program: String, _ arguments: [String], output: Int32, errorOutput: Int32
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errorOutput, 2)

        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = zzz_linux_spawn(&pid, program, &actions, nil, 0, words, environ)
        guard code == 0 else { throw .system(call: "cannot start \(program)", code: code) }
        return pid
    }
}

/// One output of a program: a stream whose write end the program gets. It owns both ends.
private struct CapturedOutput {
    private(set) var bytes: [UInt8] = []
    private(set) var writeEnd: Int32
    private var readEnd: Int32
    private let limit: Int

    /// A socket pair, since pipe(2) alone cannot make its ends close-on-exec in one step, and another thread may be
    /// starting a program of its own.
    init(limit: Int) throws(ProgramRun.Failure) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .system(call: "socketpair", code: errno) }
        readEnd = ends[0]
        writeEnd = ends[1]
        self.limit = limit
    }

    var isOpen: Bool { readEnd >= 0 }

    var pollEntry: pollfd { pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0) }

    /// Takes what is there; closes the read end at the end of the stream.
    mutating func read() throws(ProgramRun.Failure) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(readEnd, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            guard bytes.count + count <= limit else { throw .tooMuchOutput(limit: limit) }
            bytes.append(contentsOf: chunk[..<count])
        } else if count == 0 || errno == ECONNRESET {
            close(readEnd)
            readEnd = -1
        } else if errno != EINTR, errno != EAGAIN {
            throw .system(call: "recv", code: errno)
        }
    }

    mutating func closeWriteEnd() {
        if writeEnd >= 0 { close(writeEnd) }
        writeEnd = -1
    }

    mutating func closeAll() {
        closeWriteEnd()
        if readEnd >= 0 { close(readEnd) }
        readEnd = -1
    }
}
