import Glibc
import Testing

extension DaemonTests {
    /// What happens to files in the apps directory while the daemon watches it.
    @Suite struct DeployTests {
        private func watching(_ apps: [DaemonConfiguration.App] = []) throws -> DaemonProcess {
            var configuration = DaemonConfiguration(apps: apps)
            configuration.watch = true
            return try DaemonProcess(configuration)
        }

        @Test func `a file renamed in is deployed, renamed over is reloaded, removed is unloaded`() throws {
            let scratch = try TemporaryDirectory()
            let first = try FixtureApp.build("kit", in: scratch, as: "first", defines: ["VERSION=\"one\""])
            let second = try FixtureApp.build("kit", in: scratch, as: "second", defines: ["VERSION=\"two\""])
            let daemon = try watching()
            #expect(try daemon.get("/kit").status == 404)

            try Files.deploy(try Files.read(first), to: daemon.appFile("kit"))
            try eventually("the app is deployed") { try daemon.get("/kit").text == "one" }
            #expect(try daemon.app("kit")?["generation"]?.intValue == 1)

            try Files.deploy(try Files.read(second), to: daemon.appFile("kit"))
            try eventually("the app is reloaded") { try daemon.get("/kit").text == "two" }
            #expect(try daemon.app("kit")?["generation"]?.intValue == 2)
            #expect(try daemon.app("kit")?["version"]?.stringValue == "two")

            try Files.remove(daemon.appFile("kit"))
            try eventually("the app is unloaded") { try daemon.get("/kit").status == 404 }
        }

        @Test func `a file that is still being written is left alone until it is whole`() throws {
            let scratch = try TemporaryDirectory()
            let bytes = try Files.read(try FixtureApp.build("kit", in: scratch))
            let daemon = try watching([.example("hello-c")])
            let path = daemon.appFile("kit")
            let file = try check("open", open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o755))
            let half = bytes.count / 2
            try check("write", bytes.withUnsafeBytes { write(file, $0.baseAddress, half) })
            // Something that is deployed after it shows that the watcher has gone past it.
            try Files.deploy(bytes, to: daemon.appFile("later"))
            try eventually("the later app is deployed") { try daemon.get("/later").status == 200 }
            #expect(try daemon.get("/kit").status == 404)
            try check("write", bytes.withUnsafeBytes { write(file, $0.baseAddress! + half, bytes.count - half) })
            close(file)
            try eventually("the whole file is deployed") { try daemon.get("/kit").status == 200 }
        }

        @Test func `a request in flight finishes on the generation that began it`() throws {
            let daemon = try watching([.example("bench")])
            let client = try daemon.client()
            try client.send("GET /sleep?ms=1500 HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the request is under way") { try daemon.app("bench")?["in_flight"]?.intValue == 1 }
            #expect(try daemon.zzzctl("reload", "bench").status == .code(0))
            #expect(try daemon.app("bench")?["generation"]?.intValue == 2)
            let draining = try daemon.app("bench")?["draining_generations"]?[0]
            #expect(draining?["generation"]?.intValue == 1)
            #expect(draining?["in_flight"]?.intValue == 1)
            #expect(try client.response().status == 200)
            try eventually("the old generation is gone") {
                try daemon.app("bench")?["draining_generations"]?.arrayValue?.isEmpty == true
            }
            // The connection goes on with the new one.
            try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().status == 200)
        }

        @Test func `names that are no app names are left alone`() throws {
            let scratch = try TemporaryDirectory()
            let bytes = try Files.read(try FixtureApp.build("kit", in: scratch))
            let daemon = try watching()
            try Files.deploy(bytes, to: daemon.directory.path + "/apps/README")
            try Files.deploy(bytes, to: daemon.directory.path + "/apps/.hidden.so")
            try Files.deploy(bytes, to: daemon.appFile("kit"))
            try eventually("the app is deployed") { try daemon.get("/kit").status == 200 }
            #expect(try daemon.status()["apps"]?.arrayValue?.count == 1)
        }
    }
}
