import Testing

@testable import Zzz

@Suite struct SecretKeyTests {
    private static let long = String(repeating: "x", count: 32)
    private let browser = Pipeline { Session() }

    private func load(_ setting: FakeHost.Setting?) throws -> FakeHost {
        let host = FakeHost()
        host.settings["secret_key_base"] = setting
        try host.load {
            get("/", through: [browser]) { context in
                context.session["n"] = 1
                return "x"
            }
        }
        return host
    }

    @Test func aTextAndAListAreTaken() throws {
        let good = Self.long
        #expect(try load(.string(good)).get("/").status == 200)
        #expect(try load(.table([], "[\"\(good)\", \"\(good)y\"]")).get("/").status == 200)
    }

    @Test(arguments: [
        (FakeHost.Setting.string(String(repeating: "x", count: 31)), "31 bytes: it needs at least 32"),
        (.string(""), "0 bytes"), (.table([], "[\"\(long)\", \"y\"]"), "1 bytes"),
        (.table([], "[" + Array(repeating: "\"\(long)\"", count: 9).joined(separator: ",") + "]"), "9 secrets"),
        (.integer(7), "secret_key_base"),
    ])
    func badSecretsRefuseTheApp(_ setting: FakeHost.Setting, _ message: String) {
        let error = #expect(throws: (any Error).self) { try load(setting) }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func aSessionWithoutASecretRefusesTheApp() {
        let error = #expect(throws: StartupError.self) { try load(nil) }
        #expect(error?.description.contains("set settings.secret_key_base") == true)
        #expect(error?.description.contains("SecretKeyTests.swift") == true)
    }

    @Test func aRandomSecretIsForDevelopment() throws {
        let first = try load(.string("random"))
        #expect(first.get("/").status == 200)
        #expect(first.log.first?.message.contains("secret_key_base is \"random\"") == true)
    }
}
