import Glibc
import Testing

extension DaemonTests {
    /// What `make install` lays out, in a directory of the test's own.
    @Suite struct InstallTests {
        private let directory: TemporaryDirectory
        private var root: String { directory.path + "/root" }

        init() throws {
            directory = try TemporaryDirectory()
            let result = try CommandResult.of(
                [Dist.packageRoot + "/scripts/install"], in: directory,
                environment: ["DESTDIR": directory.path + "/root", "PREFIX": "/usr", "ZZZ_DIST": Dist.root])
            guard result.status == .code(0) else { throw SystemFailure("scripts/install: \(result.errors)") }
        }

        @Test func `has a place for everything`() {
            for path in [
                "/usr/sbin/zzzd", "/usr/bin/zzzctl", "/usr/libexec/zzz/zzz-config",
                "/usr/libexec/zzz/zzz-symbolize", "/usr/lib/zzz/swift/libswiftCore.so",
                "/usr/include/zzz.h", "/usr/include/zzz/app.h", "/etc/zzz/zzz.toml", "/etc/zzz/conf.d",
                "/usr/lib/systemd/system/zzzd.service", "/usr/lib/systemd/system/zzzd.socket",
                "/usr/share/doc/zzz/README.md",
            ] {
                #expect(Files.exists(root + path), "\(path)")
            }
        }

        @Test func `brings the Swift runtime, and needs no toolchain`() throws {
            let helpers = ["/usr/libexec/zzz/zzz-config", "/usr/libexec/zzz/zzz-symbolize"]
            for program in ["/usr/sbin/zzzd", "/usr/bin/zzzctl"] + helpers {
                let result = try CommandResult.of(["/usr/bin/ldd", root + program], in: directory)
                let swift = result.output.split(separator: "\n")
                    .filter { $0.contains("libswift") || $0.contains("libF") }
                #expect(!swift.isEmpty)
                // libNAME.so => PATH (ADDRESS), with the path as the loader puts it together: ROOT/usr/sbin/../lib/...
                for line in swift { #expect(line.contains("=> \(root)/usr/"), "\(program): \(line)") }
            }
        }

        @Test func `works from there`() throws {
            let configuration = DaemonConfiguration(apps: [.example("hello")])
            let daemon = try DaemonProcess(
                configuration, programs: (zzzd: root + "/usr/sbin/zzzd", zzzctl: root + "/usr/bin/zzzctl"))
            #expect(try daemon.get("/").status == 200)
            let inspect = try CommandResult.of(
                [root + "/usr/bin/zzzctl", "inspect", Dist.app("hello")], in: directory)
            #expect(inspect.status == .code(0))
        }

        @Test func `keeps a configuration that is there, also when it is uninstalled`() throws {
            try Files.write("# mine\n", to: root + "/etc/zzz/zzz.toml")
            for arguments in [[], ["--uninstall"]] {
                _ = try CommandResult.of(
                    [Dist.packageRoot + "/scripts/install"] + arguments, in: directory,
                    environment: ["DESTDIR": root, "PREFIX": "/usr", "ZZZ_DIST": Dist.root])
                #expect(try Files.text(root + "/etc/zzz/zzz.toml") == "# mine\n")
            }
            #expect(!Files.exists(root + "/usr/sbin/zzzd"))
            #expect(!Files.exists(root + "/usr/lib/zzz"))
            #expect(!Files.exists(root + "/usr/lib/systemd/system/zzzd.service"))
        }
    }
}
