import Testing

extension DaemonTests {
    @Suite struct AccessLogTests {
        @Test func `hides the parameters that the configuration names, and others after a reload`() throws {
            var configuration = DaemonConfiguration(apps: [.example("hello-c")])
            configuration.accessLog = true
            let daemon = try DaemonProcess(configuration)
            func ask(_ number: Int) throws {
                _ = try daemon.get("/?n=\(number)&access_%74oken=hunter\(number)&pin=12\(number)")
            }
            try ask(1)
            try eventually("the request is in the log, without the token") {
                daemon.log.contains("GET /?n=1&access_%74oken=[FILTERED]&pin=121 HTTP/1.1")
            }

            // The file's last table but those of the apps is [log].
            configuration.apps = []
            configuration.more = "filter_parameters = [\"pin\"]\n[app.hello-c]\nmount = \"/\"\n"
            try Files.write(configuration.text(in: daemon.directory.path), to: daemon.directory.path + "/zzz.toml")
            #expect(try daemon.zzzctl("reload").status == .code(0))
            try ask(2)
            try eventually("the request is in the log, without the PIN") {
                daemon.log.contains("GET /?n=2&access_%74oken=hunter2&pin=[FILTERED] HTTP/1.1")
            }
            #expect(!daemon.log.contains("hunter1"))
        }
    }
}
