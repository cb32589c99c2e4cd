import Testing
import Zzz
import ZzzTesting

struct Hello: App {
    func routes() -> [Route] {
        get("/") { _ in "Hello" }
    }
}

@Suite struct FirstTests {
    @Test(arguments: TestClient.Transport.allCases) func hello(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(Hello(), over: transport)
        try await client.get("/").header("a", "b").expectStatus(200).expectBody("Hello")
    }
}
