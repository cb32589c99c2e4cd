import Testing
import ZzzTemplate

struct User {
    var name: String
    var email: String?
    var isAdmin = false
}

@Suite struct PageTests {
    @Test func rendersAPageInItsLayout() throws {
        let users = [User(name: "Ada <3", email: "ada@example.com", isAdmin: true), User(name: "Bob", email: nil)]
        let page = try Templates.users.index(users: users).rendered(layout: .app)
        print(page)
    }
}
