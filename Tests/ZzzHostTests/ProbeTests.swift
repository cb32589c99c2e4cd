import Glibc
import Testing
import ZzzJSON

@testable import ZzzHost

/// The throwaway process. The program that these tests run as the probe's is the test program itself, told to run
/// `worker` alone.
@Suite struct ProbeTests {
    static func probe(deadline: Duration = .seconds(20), reportLimitBytes: Int = 1 << 20) -> Probe {
        Probe(
            program: "/proc/self/exe",
            arguments: ["--testing-library", "swift-testing", "--filter", "ProbeTests/probeWorker"], deadline: deadline,
            reportLimitBytes: reportLimitBytes)
    }

    /// Does nothing but in a process that a probe has started, which it ends.
    @Test func probeWorker() {
        ProbeWorker.runIfAsked(version: "0.0-test")
        #expect(getenv(ProbeWorker.environmentKey) == nil)
    }

    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func report(
        probe: Probe = probe(), settings: JSONValue = .object([:]), _ change: (inout FixtureApp.Code) -> Void
    ) throws -> Result<ProbeReport, AppError> {
        let path = directory.file("app.so")
        try FixtureApp.build(at: path, change)
        do throws(AppError) {
            let request = ProbeRequest(
                image: path, file: "/apps/blog.so", app: "blog", generation: 3, settings: settings,
                stateDirectory: "/state")
            return .success(try probe.run(request))
        } catch {
            return .failure(error)
        }
    }

    private func refusal(probe: Probe = probe(), _ change: (inout FixtureApp.Code) -> Void) throws -> AppError {
        let result = try report(probe: probe, change)
        guard case .failure(let error) = result else {
            Issue.record("not refused: \(result)")
            return AppError(reason: "", remedy: "")
        }
        #expect(error.app == "blog")
        #expect(error.file == "/apps/blog.so")
        #expect(!error.description.contains("\n"))
        return error
    }

    @Test func aGoodApp() throws {
        let report = try report {
            $0.version = #""2.3.1""#
            $0.enroll = #"zzz_status s = add("/", error); return s ? s : add("/users/:id", error);"#
        }.get()
        #expect(report.loadable)
        #expect(report.name == "fixture")
        #expect(report.version == "2.3.1")
        #expect(report.abi == "1.0")
        #expect(report.error == nil)
        #expect(report.routes?.map(\.pattern) == ["/", "/users/:id"])
        #expect(report.routes?.map(\.method) == ["GET", "GET"])
        #expect(report.routes?.map(\.source) == ["routes.c:1", "routes.c:10"])
        #expect(report.bytes ?? 0 > 1000)
    }

    /// What it prints goes to nobody, and does not disturb the report.
    @Test func aTalkativeApp() throws {
        let report = try report {
            $0.create =
                #"for (int i = 0; i < 20000; i++) printf("{\"loadable\":false}\n"); *state = app; return ZZZ_OK;"#
        }.get()
        #expect(report.loadable)
    }

    /// More settings than a pipe or a socket holds.
    @Test func theAppSeesItsSettings() throws {
        let long = String(repeating: "x", count: 1 << 20)
        let result = try report(settings: ["title": .string(long)]) {
            $0.create = """
                const zzz_config *config = host->extension(ZZZ_CONFIG_EXTENSION);
                zzz_bytes title = {0};
                if (config->string(app, (zzz_bytes){"title", 5}, &title, error)) return ZZZ_ERROR_APP;
                if (title.count != 1 << 20 || title.data[77] != 'x') return ZZZ_ERROR_LIMIT;
                if (config->generation(app) != 3) return ZZZ_ERROR_LIMIT;
                zzz_bytes directory = config->state_directory(app);
                if (directory.count != 6 || memcmp(directory.data, "/state", 6)) return ZZZ_ERROR_LIMIT;
                return ZZZ_OK;
                """
        }
        #expect(try result.get().loadable)
    }

    @Test(arguments: [
        ("__builtin_trap();", "SIGILL"), ("abort();", "SIGABRT"), ("*(volatile int *)8 = 1;", "SIGSEGV"),
        ("raise(SIGFPE);", "SIGFPE"), ("raise(SIGKILL);", "SIGKILL"),
    ])
    func trapInEnroll(statement: String, signal: String) throws {
        let error = try refusal {
            $0.global = "#include <signal.h>"
            $0.enroll = #"fprintf(stderr, "Fatal error:\nIndex out of range\n"); \#(statement) return ZZZ_OK;"#
        }
        // In between is what the test program says at its own start.
        #expect(error.reason.hasPrefix("trapped while loading (\(signal) in enroll): "), "\(error)")
        #expect(error.reason.hasSuffix("Fatal error: Index out of range"), "\(error)")
    }

    @Test func trapsElsewhere() throws {
        var error = try refusal { $0.constructor = "__builtin_trap();" }
        #expect(error.reason.contains("in its initialisers"), "\(error)")
        error = try refusal { $0.entry = "__builtin_trap();" }
        #expect(error.reason.contains("in zzz_app_entry"), "\(error)")
        error = try refusal { $0.create = "__builtin_trap();" }
        #expect(error.reason.contains("in create"), "\(error)")
        // An entry that returns an address where nothing is.
        error = try refusal { $0.entry = "return (const void *)64;" }
        #expect(error.reason.contains("SIGSEGV in zzz_app_entry"), "\(error)")
    }

    @Test func exitInCreate() throws {
        let error = try refusal { $0.create = #"fprintf(stderr, "giving up\n"); exit(3);"# }
        #expect(error.reason.hasPrefix("ended the process with exit(3) in create: "), "\(error)")
        #expect(error.reason.hasSuffix("giving up"), "\(error)")
        #expect(error.remedy == "return an error instead of calling exit")
        // Nor does exit(0) pass for success.
        #expect(try refusal { $0.create = "exit(0);" }.reason.hasPrefix("ended the process with exit(0) in create"))
    }

    @Test func endlessLoops() throws {
        let short = Self.probe(deadline: .seconds(2))
        let clock = ContinuousClock()
        let began = clock.now
        let error = try refusal(probe: short) { $0.create = "for (;;) { __asm__ volatile(\"\"); }" }
        #expect(error.reason.hasPrefix("still loading after 2.0 seconds: endless loop in create?"), "\(error)")
        #expect(
            try refusal(probe: short) { $0.enroll = "for (;;) sleep(1);" }.reason.contains("endless loop in enroll?"))
        #expect(began.duration(to: clock.now) < .seconds(15))
    }

    /// Not even those that were opened without FD_CLOEXEC.
    @Test func theAppGetsNoneOfOurDescriptors() throws {
        let secret = directory.file("secret")
        try TemporaryDirectory.write([1], to: secret)
        let descriptor = open(secret, O_RDONLY)
        try #require(descriptor > 3)
        defer { close(descriptor) }
        let result = try report {
            $0.create = """
                for (int i = 0; i < 1024; i++) {
                    char name[64], path[512] = "";
                    snprintf(name, sizeof name, "/proc/self/fd/%d", i);
                    readlink(name, path, sizeof path - 1);
                    if (strstr(path, "/secret")) return ZZZ_ERROR_APP;
                }
                *state = app;
                return ZZZ_OK;
                """
        }
        #expect(try result.get().loadable)
    }

    /// A process that the app has started goes with the probe, and does not keep it.
    @Test func aProcessThatStaysBehind() throws {
        let trace = directory.file("child")
        let path = directory.file("app.so")
        try FixtureApp.build(at: path, trace: trace) {
            $0.create = """
                pid_t child = fork();
                if (child == 0) for (;;) pause();
                char text[32];
                snprintf(text, sizeof text, "%d", child);
                trace(text);
                *state = app;
                return ZZZ_OK;
                """
        }
        let clock = ContinuousClock()
        let began = clock.now
        _ = try Self.probe().run(ProbeRequest(image: path, file: path, app: "blog"))
        #expect(began.duration(to: clock.now) < .seconds(15))
        let child = try #require(TemporaryDirectory.lines(trace).first.flatMap { pid_t($0) })
        // It is reaped by init, some time after it was killed.
        let deadline = clock.now.advanced(by: .seconds(10))
        while isRunning(child), clock.now < deadline { sched_yield() }
        #expect(!isRunning(child))
    }

    private func isRunning(_ pid: pid_t) -> Bool {
        let state = TemporaryDirectory.lines("/proc/\(pid)/stat").first?.split(separator: ")").last?.first { $0 != " " }
        return state != nil && state != "Z" && state != "X"
    }

    @Test func refusalsOfTheAppAndOfTheHost() throws {
        let words = #"snprintf(error->message, sizeof error->message, "no such mailbox"); return ZZZ_ERROR_APP;"#
        #expect(try refusal { $0.create = words }.reason == "create failed: no such mailbox (ZZZ_ERROR_APP)")
        #expect(try refusal { $0.enroll = words }.reason == "enroll failed: no such mailbox (ZZZ_ERROR_APP)")
        #expect(try refusal { $0.major = "9" }.reason == "built for ABI 9.0, this daemon has 1.0")
        #expect(try refusal { $0.entryName = "other" }.reason == "exports no zzz_app_entry")
        let conflict = try refusal { $0.enroll = #"add("/a/:x", error); return add("/a/:yy", error);"# }
        #expect(conflict.reason.contains("routes.c:5") && conflict.reason.contains("routes.c:6"), "\(conflict)")
        #expect(try refusal { $0.enroll = #"return add("nowhere", error);"# }.remedy == "correct the app's routes")
    }

    @Test func reportLengthLimit() throws {
        let many: (inout FixtureApp.Code) -> Void = {
            $0.enroll = """
                char pattern[64];
                for (int i = 0; i < 1000; i++) {
                    snprintf(pattern, sizeof pattern, "/r/%d", i);
                    zzz_status s = add(pattern, error);
                    if (s) return s;
                }
                return ZZZ_OK;
                """
        }
        #expect(try report(many).get().routes?.count == 1000)
        let error = try refusal(probe: Self.probe(reportLimitBytes: 4096), many)
        #expect(error.reason == "its report is longer than 4096 bytes")
    }

    @Test func aProgramThatCannotBeStarted() throws {
        let error = try refusal(probe: Probe(program: "/nonexistent/zzzd")) { _ in }
        #expect(error.kind == .environment)
        #expect(error.reason.contains("posix_spawn /nonexistent/zzzd"))
    }

    @Test func outputTail() {
        func tail(_ pieces: [String]) -> String {
            var tail = OutputTail(limitBytes: 16)
            for piece in pieces { Array(piece.utf8).withUnsafeBytes { tail.append($0) } }
            return tail.line
        }
        #expect(tail([]) == "")
        #expect(tail(["one\ntwo\n"]) == "one two")
        #expect(tail(["0123456789", "01234\n"]) == "012345678901234")
        #expect(tail(["0123456789012345\nlast line\n"]) == "last line")
        #expect(tail(["12345\n", "abcdefghijklmnop"]) == "abcdefghijklmnop")
    }
}
