import Testing
@testable import ZzzConfig

@Suite struct ConfigErrorTests {
    @Test(arguments: [
        ConfigError(at: SourceLocation(file: "/etc/zzz/zzz.toml", line: 3, column: 14), "limits.body is 9"),
        ConfigError(at: SourceLocation(file: "/odd: name:7/a.toml", line: 1, column: 1), "error: within: it"),
        ConfigError(at: SourceLocation(file: "/etc/zzz/zzz.toml"), "cannot be read: Permission denied"),
        ConfigError(at: nil, "zzz-config is missing"),
    ])
    func `a line is read back as what it was`(error: ConfigError) {
        #expect(ConfigError(line: error.description) == error)
    }

    @Test func `has the form that editors know`() {
        let error = ConfigError(at: SourceLocation(file: "a.toml", line: 3, column: 14), "no")
        #expect(error.description == "a.toml:3:14: error: no")
    }

    @Test(arguments: ["", "anything", "a:b:c", "Segmentation fault"])
    func `any other line is a message`(line: String) {
        #expect(ConfigError(line: line) == ConfigError(at: nil, line))
    }
}
