import Glibc
import Testing
import ZzzJSON

extension DaemonTests {
    /// Files that are no app, or not one for this daemon: each is one clear line in the log, in `zzzctl` and in
    /// `status`, and what ran before goes on running.
    @Suite struct BadAppTests {
        struct BadApp: CustomTestStringConvertible {
            let name: String
            /// What the line must mention, in any case.
            let mentions: [String]
            let make: @Sendable (TemporaryDirectory) throws -> [UInt8]

            var testDescription: String { name }

            /// Compiled from broken.c with a macro.
            static func compiled(_ name: String, _ define: String, mentions: String...) -> BadApp {
                BadApp(name: name, mentions: mentions) { directory in
                    try Files.read(try FixtureApp.build("broken", in: directory, defines: [define]))
                }
            }

            /// A sound app with something done to its bytes.
            static func damaged(
                _ name: String, mentions: String..., damage: @escaping @Sendable (inout [UInt8]) -> Void
            ) -> BadApp {
                BadApp(name: name, mentions: mentions) { directory in
                    var bytes = try Files.read(try FixtureApp.build("broken", in: directory))
                    damage(&bytes)
                    return bytes
                }
            }
        }

        static let badApps = [
            BadApp(name: "an empty file", mentions: ["empty"]) { _ in [] },
            BadApp(name: "a text file", mentions: ["ELF"]) { _ in Array("#!/bin/sh\necho hello\n".utf8) },
            BadApp(name: "a program", mentions: ["shared"]) { _ in try Files.read("/bin/true") },
            .damaged("half a file", mentions: "truncated") { $0.removeLast($0.count / 2) },
            .damaged("all but the last byte", mentions: "truncated") { $0.removeLast() },
            // elf(5): EI_CLASS, EI_DATA, e_machine
            .damaged("32 bits", mentions: "32") { $0[4] = 1 },
            .damaged("the other byte order", mentions: "endian") { $0[5] = 2 },
            .damaged("another architecture", mentions: "built for") { ($0[18], $0[19]) = (8, 0) },
            .compiled("no entry", "NO_ENTRY", mentions: "zzz_app_entry"),
            .compiled("a missing symbol", "UNDEFINED_SYMBOL", mentions: "nobody_defines_this"),
            .compiled("no descriptor", "NULL_DESCRIPTOR", mentions: "NULL"),
            .compiled("another magic", "MAGIC=7", mentions: "magic"),
            .compiled("another major", "MAJOR=2", mentions: "ABI", "2.0", "1.0"),
            .compiled("a newer minor", "MINOR=9", mentions: "ABI", "1.9", "1.0"),
            .compiled("create fails", "CREATE_FAILS", mentions: "create", "no database today"),
            .compiled("enroll fails", "ENROLL_FAILS", mentions: "enroll", "no database today"),
            .compiled("start fails", "START_FAILS", mentions: "start", "no database today"),
            .compiled("a bad pattern", "BAD_PATTERN", mentions: "no-slash"),
            .compiled("a duplicate route", "DUPLICATE", mentions: "/broken", "broken.c:1"),
            .compiled("a trap in enroll", "TRAP", mentions: "SIG"),
            .compiled("a trap in a constructor", "TRAP_IN_CONSTRUCTOR", mentions: "SIG"),
            .compiled("an endless loop", "ENDLESS", mentions: "second"),
        ]

        @Test(arguments: badApps)
        func `is refused with a reason, and what ran goes on`(bad: BadApp) throws {
            let scratch = try TemporaryDirectory()
            let sound = try FixtureApp.build("broken", in: scratch, as: "sound")
            let daemon = try DaemonProcess(
                DaemonConfiguration(apps: [
                    .example("hello-c"), DaemonConfiguration.App(name: "victim", file: sound, mount: nil),
                ]))
            let before = try daemon.app("victim")?["generation"]?.intValue

            // Over one that runs.
            try Files.deploy(try bad.make(scratch), to: daemon.appFile("victim"))
            try expectRefusal(try daemon.zzzctl("reload", "victim", "--json"), of: "victim", bad, by: daemon)
            #expect(try daemon.app("victim")?["state"]?.stringValue == "running")
            #expect(try daemon.app("victim")?["generation"]?.intValue == before)
            #expect(try daemon.get("/victim/broken").text == "sound")

            // And as a new one.
            try Files.deploy(try bad.make(scratch), to: daemon.appFile("newcomer"))
            try expectRefusal(try daemon.zzzctl("reload", "newcomer", "--json"), of: "newcomer", bad, by: daemon)
            #expect(try daemon.app("newcomer")?["state"]?.stringValue == "failed")
            #expect(try daemon.get("/newcomer/broken").status == 404)
            #expect(try daemon.get("/").status == 200)

            // A sound file repairs it, and the complaint goes.
            try Files.deploy(try Files.read(sound), to: daemon.appFile("newcomer"))
            let repaired = try daemon.zzzctl("reload", "newcomer")
            #expect(repaired.status == .code(0), "\(repaired.errors)")
            #expect(try daemon.get("/newcomer/broken").text == "sound")
            #expect(try daemon.app("newcomer")?["last_error"].map { $0.isNull } ?? true)
        }

        @Test(arguments: badApps.filter { ["a text file", "half a file", "a trap in enroll"].contains($0.name) })
        func `does not keep the daemon from starting`(bad: BadApp) throws {
            let scratch = try TemporaryDirectory()
            let file = scratch.path + "/bad.so"
            try Files.write(try bad.make(scratch), to: file)
            let app = DaemonConfiguration.App(name: "bad", file: file, mount: nil)
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello-c"), app]))
            #expect(try daemon.get("/").status == 200)
            #expect(try daemon.app("bad")?["state"]?.stringValue == "failed")
            #expect(line(about: "bad", in: daemon.log) != nil)
        }

        @Test func `refuses an app at the mount of another one, and names that`() throws {
            let daemon = try DaemonProcess(DaemonConfiguration(apps: [.example("hello")]))
            var changed = daemon.configuration
            changed.apps.append(.example("hello-c"))
            try Files.write(changed.text(in: daemon.directory.path), to: daemon.configurationFile)
            try Files.deploy(try Files.read(Dist.app("hello-c")), to: daemon.appFile("hello-c"))
            _ = try daemon.zzzctl("reload")
            let state = try daemon.app("hello-c")
            #expect(state?["state"]?.stringValue == "failed")
            let reason = state?["last_error"]?["reason"]?.stringValue ?? ""
            #expect(reason.contains("app hello "), "\(reason)")
            #expect(try daemon.get("/").text.contains("Hello"))
        }

        private func expectRefusal(
            _ result: ControlResult, of app: String, _ bad: BadApp, by daemon: DaemonProcess
        ) throws {
            #expect(result.status == .code(1))
            let failure = try daemon.app(app)?["last_error"]
            let reason = failure?["reason"]?.stringValue ?? ""
            let remedy = failure?["remedy"]?.stringValue ?? ""
            #expect(!remedy.isEmpty)
            try eventually("the log tells of \(app)") { line(about: app, in: daemon.log) != nil }
            let logged = line(about: app, in: daemon.log) ?? ""
            let texts = [("zzzctl", result.output + result.errors), ("status", reason), ("the log", logged)]
            for mention in bad.mentions {
                for (place, text) in texts {
                    #expect(text.lowercased().contains(mention.lowercased()), "\(place) lacks \(mention): \(text)")
                }
            }
        }

        /// The warning or error in the log about the app's file.
        private func line(about app: String, in log: String) -> String? {
            log.split(separator: "\n").map(String.init).last { $0.contains("\(app).so") && !$0.contains(" info ") }
        }
    }
}
