import Glibc
import Testing
@testable import ZzzConfig

/// The daemon's side, with scripts in the place of `zzz-config`.
@Suite struct ConfigReaderTests {
    private func reader(_ script: String, in directory: ScratchDirectory) throws -> ConfigReader {
        let program = try directory.write("#!/bin/sh\n" + script, to: "zzz-config", mode: 0o755)
        return ConfigReader(program: program, file: nil)
    }

    private func messages(_ script: String, timeout: TimeSpan = .seconds(20), limit: Int = 4 << 20) throws -> [String] {
        let directory = try ScratchDirectory()
        var reader = try reader(script, in: directory)
        reader.timeout = timeout
        reader.outputLimit = limit
        do throws(ConfigFailure) {
            _ = try reader.read()
            return []
        } catch {
            return error.errors.map { $0.message.replacingOccurrences(of: directory.path + "/", with: "") }
        }
    }

    @Test func `passes errors on`() throws {
        let directory = try ScratchDirectory()
        let script = "echo 'a.toml:3:4: error: no' >&2; echo 'b.toml: error: nor this' >&2; exit 1"
        let reader = try reader(script, in: directory)
        let expected = ConfigFailure([
            ConfigError(at: SourceLocation(file: "a.toml", line: 3, column: 4), "no"),
            ConfigError(at: SourceLocation(file: "b.toml"), "nor this"),
        ])
        #expect(throws: expected) { try reader.read() }
    }

    @Test func `passes the file's name on`() throws {
        let directory = try ScratchDirectory()
        var reader = try reader("echo \"$*: error: x\" >&2; exit 1", in: directory)
        reader.file = "/etc/a b.toml"
        #expect(throws: ConfigFailure([ConfigError(line: "--config /etc/a b.toml: error: x")])) { try reader.read() }
    }

    @Test(arguments: [
        ("exit 0", "does not fit this program"),
        ("echo '{\"server\":{}}'", "does not fit this program"),
        ("echo nonsense", "does not fit this program"),
        ("exit 1", "ended with status 1"),
        ("echo oops >&2; exit 7", "ended with status 7: oops"),
        ("kill -SEGV $$", "ended with status 139"),
    ])
    func `says when the program fails`(script: String, mention: String) throws {
        let messages = try messages(script)
        #expect(messages.count == 1 && messages[0].contains(mention), "\(messages)")
    }

    @Test func `says when the program is missing`() {
        let reader = ConfigReader(program: "/nonexistent/zzz-config", file: nil)
        #expect {
            try reader.read()
        } throws: { error in
            "\(error)".contains("cannot start /nonexistent/zzz-config: No such file or directory")
        }
    }

    @Test func `ends a program that hangs, at the deadline`() throws {
        let begin = ContinuousClock.now
        let messages = try messages("exec sleep 60", timeout: TimeSpan(milliseconds: 200))
        #expect(messages[0].contains("did not end within 200ms"))
        #expect(ContinuousClock.now - begin < .seconds(20))
    }

    @Test func `ends a program that closes its outputs and hangs`() throws {
        let messages = try messages("exec sleep 60 >/dev/null 2>&1", timeout: TimeSpan(milliseconds: 200))
        #expect(messages[0].contains("did not end within 200ms"))
    }

    @Test(arguments: [(999, true), (1000, true), (1001, false)])
    func `takes output up to the limit`(count: Int, isGood: Bool) throws {
        let messages = try messages("head -c \(count) /dev/zero | tr '\\0' x >&2; exit 1", limit: 1000)
        #expect(messages[0].contains("wrote more than 1000 B") == !isGood, "\(messages)")
    }

    @Test func `finds the program beside or in libexec`() throws {
        let directory = try ScratchDirectory()
        mkdir(directory.path + "/bin", 0o755)
        mkdir(directory.path + "/libexec", 0o755)
        #expect(ConfigReader.locateProgram(besideDirectory: directory.path + "/bin") == nil)
        mkdir(directory.path + "/libexec/zzz", 0o755)
        try directory.write("", to: "libexec/zzz/zzz-config", mode: 0o755)
        #expect(
            ConfigReader.locateProgram(besideDirectory: directory.path + "/bin")
                == directory.path + "/bin/../libexec/zzz/zzz-config")
        try directory.write("", to: "bin/zzz-config", mode: 0o755)
        #expect(
            ConfigReader.locateProgram(besideDirectory: directory.path + "/bin") == directory.path + "/bin/zzz-config")
    }

    @Test func `a program starts with its signals as they should be`() throws {
        var blocked = sigset_t()
        var before = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let run = try ProgramRun.run(
            "/bin/sh", ["-c", "grep SigBlk /proc/self/status"], outputLimit: 1000, timeout: .seconds(20))
        #expect(String(decoding: run.output, as: UTF8.self) == "SigBlk:\t0000000000000000\n")
    }
}

extension String {
    fileprivate func replacingOccurrences(of text: String, with other: String) -> String {
        guard let range = range(ofText: text) else { return self }
        return String(self[..<range.lowerBound]) + other
            + String(self[range.upperBound...]).replacingOccurrences(of: text, with: other)
    }
}
