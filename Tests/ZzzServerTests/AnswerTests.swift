import Testing
import ZzzAppABI
import ZzzServer

/// Who answers when: the handler at once, a job, another thread, nobody.
@Suite struct AnswerTests {
    @Test(arguments: Setup.all)
    func aHandlerAnswersAtOnce(_ setup: Setup) throws {
        try TestServer.run(setup, [.get("/") { request, _ in request.respond("hello") }]) { server in
            let client = try server.client()
            for _ in 0..<3 {
                let answer = try client.get("/")
                #expect(answer.status == 200)
                #expect(answer.text == "hello")
                #expect(answer.header("content-length") == "5")
                #expect(answer.header("content-type") == "text/plain")
                #expect(answer.count("date") == 1)
                #expect(answer.header("connection") == nil)
            }
            #expect(server.site.activity.totals.requests == 3)
            #expect(server.site.activity.totals.errors == 0)
            #expect(server.total(\.requests) == 3)
        }
    }
}
