import Foundation
import Testing

@testable import ZzzTemplateCompiler

/// A row costs no heap memory: a page with many of them allocates as often as one with few.
@Suite struct AllocationTests {
    private static let page = """
        {{@ users: [User], title: String }}
        {{#component "frame"}}
        <h1>{{title}}</h1>
        <table>
        {{#each users as |user index|}}
        {{> row user=user isLast=@last}}
        {{#component "cell" label=user.name}}{{number user.age}} {{index}}{{/component}}
        {{else}}
        <tr><td>Nobody
        {{/each}}
        </table>
        {{/component}}
        """

    private static let row = """
        {{@ user: User, isLast: Bool }}
        <tr class="{{#if isLast}}last{{else if user.friend}}friend{{/if}}" id={{user.id}}>
        <td><a href="/users/{{user.id}}?name={{user.name}}" title="{{user.name}}">{{user.name}}</a></td>
        <td>{{user.email ?? "none"}} {{user.age}} {{user.isAdmin}}</td>
        <td>{{#with user.friend as |friend|}}{{friend}}{{/with}}</td>
        <td><input checked={{user.isAdmin}} style="width: {{user.age}}px" onclick="go('{{user.name}}')"></td>
        </tr>
        """

    private static let support = """
        import Glibc
        import ZzzTemplate

        struct User {
            var id: Int
            var name: String
            var email: String?
            var age: Int
            var isAdmin: Bool
            var friend: String?
        }

        let count = Int(CommandLine.arguments[1])!
        var users: [User] = []
        users.reserveCapacity(1000)
        for id in 0..<count {
            let name = id % 2 == 0 ? "Ada <Countess> Lovelace & Sons" : "Grace"
            users.append(User(id: id, name: name, email: nil, age: id % 90, isAdmin: id % 3 == 0, friend: name))
        }
        var output = HTMLOutput(capacity: 1 << 20)
        output.render(Templates.page(users: users, title: "Users"))
        print(output.count)

        """

    @Test func rowsCostNoMemory() throws {
        func source(_ name: String, _ text: String) -> TemplateSource {
            TemplateSource(name: name, path: name, text: text)
        }
        let run = try SwiftRun(
            [
                source("page", Self.page), source("row", Self.row),
                source("components/frame", "<main>{{yield}}</main>"),
                source("components/cell", "{{@ label: String }}<tr><td title={{label}}>{{yield}}"),
            ], support: Self.support)
        defer { run.remove() }
        let few = try run.allocations(["10"])
        let many = try run.allocations(["1000"])
        #expect(many.output > few.output * 50)
        #expect(many.count == few.count)
    }
}
