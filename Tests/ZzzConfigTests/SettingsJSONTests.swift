import Testing
import ZzzJSON
@testable import ZzzConfig

@Suite struct SettingsJSONTests {
    @Test func `settings survive the way through JSON`() throws {
        var settings = Settings()
        settings.control.group = "adm"
        settings.listen = [
            ListenSettings(address: .ipv6(host: "::1", port: 0)), ListenSettings(address: .unix(path: "/run/a")),
        ]
        settings.listen[1].mode = 0o600
        var app = AppSettings()
        app.mount = "/"
        app.hosts = ["a.example"]
        app.logLevel = .debug
        app.limits.body = .mebibytes(1)
        app.limits.writeStall = .seconds(1)
        app.settings = ["title": "Grüße \u{1F980}", "n": .integer(.max), "list": [1, 2.5, nil]]
        settings.app["blog"] = app
        settings.app["blog"]?.quarantine.traps = 3
        settings.app["blog"]?.limits.requestTimeout = .seconds(5)
        settings.admin.address = .off
        settings.files = ["/etc/zzz/zzz.toml"]
        settings.server.stallLimit = TimeSpan(milliseconds: 5)
        let bytes = try JSONBytesEncoder().encode(settings)
        #expect(try JSONBytesDecoder().decode(Settings.self, from: bytes) == settings)
    }

    @Test func `a bad address in JSON is an error`() {
        let text = #"{"address":"x","backlog":1,"reuse_port":true,"mode":1}"#
        #expect(throws: (any Error).self) { try JSONBytesDecoder().decode(ListenSettings.self, from: text) }
    }
}
