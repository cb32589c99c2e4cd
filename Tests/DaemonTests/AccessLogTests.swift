import Testing

extension DaemonTests {
    @Suite struct AccessLogTests {
        @Test func `has what the request says of where it comes from`() throws {
            var configuration = DaemonConfiguration(apps: [.example("hello-c")])
            configuration.accessLog = true
            let daemon = try DaemonProcess(configuration)
            let client = try daemon.client()
            try client.send(
                "GET /?n=1 HTTP/1.1\r\nHost: localhost\r\nuser-agent: curl/8\r\n"
                    + "Referer: http://localhost/?token=hunter\r\n\r\n")
            _ = try client.response()
            // A request that cannot be read has neither, and not those of the one before.
            try client.send("GET\r\n\r\n")
            _ = try client.response()
            try eventually("both requests are in the log") {
                daemon.log.contains(
                    #""GET /?n=1 HTTP/1.1" 200 21 "http://localhost/?token=[FILTERED]" "curl/8""#)
                    && daemon.log.contains(#""-" 400 "#)
            }
            #expect(daemon.log.split(separator: "\n").filter { $0.contains("curl/8") }.count == 1)
        }

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
