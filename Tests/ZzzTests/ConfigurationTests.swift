import Testing

@testable import Zzz

@Suite struct ConfigurationTests {
    private func configuration(_ settings: [String: FakeHost.Setting]) throws -> (Configuration, FakeHost) {
        let host = FakeHost()
        host.settings = settings
        var table = FakeTables.host
        return (Configuration(host: try Host(&table, app: host.handle)), host)
    }

    @Test func valuesAreReadAsTheirTypes() throws {
        let (configuration, host) = try configuration([
            "title": .string("Our blog"), "pageSize": .integer(20), "ratio": .number(0.5), "open": .boolean(true),
        ])
        #expect(try configuration["title", as: String.self] == "Our blog")
        #expect(try configuration["pageSize", as: Int.self] == 20)
        #expect(try configuration["ratio", as: Double.self] == 0.5)
        #expect(try configuration["open", as: Bool.self] == true)
        #expect(try configuration["none", as: String.self] == nil)
        #expect(try configuration["none", default: 7] == 7)
        #expect(try configuration["pageSize", default: 7] == 20)
        #expect(try configuration.require("title") == "Our blog")
        withExtendedLifetime(host) {}
    }

    @Test func tablesAreDecoded() throws {
        struct Mail: Decodable, Equatable {
            var from: String
            var retries: Int
        }
        let (configuration, host) = try configuration([
            "mail": .table(["from", "retries"], #"{"from":"a@b.example","retries":3}"#),
            "tags": .table([], #"["a","b"]"#),
            "": .table(["mail", "tags"], "{}"),
        ])
        #expect(try configuration["mail", as: Mail.self] == Mail(from: "a@b.example", retries: 3))
        #expect(try configuration["tags", as: [String].self] == ["a", "b"])
        #expect(try configuration.keys() == ["mail", "tags"])
        #expect(try configuration.keys(at: "mail") == ["from", "retries"])
        let error = #expect(throws: StartupError.self) { try configuration["mail", as: [Int].self] }
        #expect(error?.description.hasPrefix("the configuration's settings.mail: ") == true)
        withExtendedLifetime(host) {}
    }

    @Test func mistakesAreNamed() throws {
        let (configuration, host) = try configuration(["title": .string("x")])
        let type = #expect(throws: HostError.self) { try configuration["title", as: Int.self] }
        #expect(type?.description == "configuration: title has another type")
        let missing = #expect(throws: StartupError.self) { try configuration.require("nope", as: Int.self) }
        #expect(missing?.description == "the configuration has no settings.nope for this app")
        withExtendedLifetime(host) {}
    }

    @Test func theAppKnowsItsSurroundings() throws {
        let (configuration, host) = try configuration([:])
        #expect(configuration.appName == "blog")
        #expect(configuration.stateDirectory == "/state/blog")
        #expect(configuration.generation == 7)
        withExtendedLifetime(host) {}
    }
}
