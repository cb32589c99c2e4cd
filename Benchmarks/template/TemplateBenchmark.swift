import Glibc
import ZzzTemplate

struct User {
    let id: Int
    let name: String
    let email: String
    let posts: Int
    let isAdmin: Bool
}

/// `template-bench template|appends|strings COUNT`: makes the page so often, and prints the last one.
@main
enum TemplateBenchmark {
    static func main() {
        let users = (1...100).map { number in
            User(
                id: number, name: number % 10 == 0 ? "Ada \"Countess\" Lovelace & Sons" : "User Number \(number)",
                email: "user.number.\(number)@mail.example.com", posts: number * 7, isAdmin: number % 7 == 0)
        }
        guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[2]) else {
            print("usage: template-bench template|appends|strings COUNT")
            exit(2)
        }
        switch CommandLine.arguments[1] {
        case "template": template(users, count)
        case "appends": appends(users, count)
        default: strings(users, count)
        }
    }

    private static func template(_ users: [User], _ count: Int) {
        var output = HTMLOutput()
        for _ in 0..<count {
            output.removeAll()
            output.render(Templates.users.index(users: users), layout: .app(title: "Users", user: "ada@example.com"))
        }
        output.withBytes { show($0) }
    }

    private static func appends(_ users: [User], _ count: Int) {
        var page: [UInt8] = []
        for _ in 0..<count {
            page.removeAll(keepingCapacity: true)
            HandWritten.page(users, title: "Users", user: "ada@example.com", into: &page)
        }
        page.withUnsafeBytes { show($0) }
    }

    private static func strings(_ users: [User], _ count: Int) {
        var page = ""
        for _ in 0..<count {
            page.removeAll(keepingCapacity: true)
            HandWritten.page(users, title: "Users", user: "ada@example.com", into: &page)
        }
        page.withUTF8 { show(UnsafeRawBufferPointer($0)) }
    }

    private static func show(_ page: UnsafeRawBufferPointer) {
        var rest = page
        while let start = rest.baseAddress, case let count = write(STDOUT_FILENO, start, rest.count), count > 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
