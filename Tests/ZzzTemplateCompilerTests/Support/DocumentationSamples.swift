@testable import ZzzTemplateCompiler

/// The app that the examples of docs/templates.md belong to.
enum DocumentationSamples {
    /// Values for the examples that declare none.
    static let values = """
        {{@ title: String = "Tom & Jerry", markup: String = "<b>new</b>", name: String = "Ada", nickname: String? }}
        {{@ user: User = .ada, guest: User?, users: [User] = [.ada, .grace], post: Post = Post(), count: Int = 1 }}
        {{@ posts: [Post] = [Post()], settings: [String: String] = ["theme": "dark"], tags: [String] = ["new", "hot"] }}
        {{@ draft: Draft = Draft(), page: Int = 2, names: [String] = ["Ada"], index: Int = 0 }}

        """

    /// Examples that others call, by what they are recognised by.
    static let called = [
        ("class=\"card", "components/card"), ("Slot<User, Int>", "components/list"), ("<!doctype", "layouts/app"),
    ]

    static let asset = Asset(digest: "bcaa6dec922f", integrity: "sha384-abc")

    static let support = """
        import ZzzTemplate

        struct Address { var city: String }
        enum Tone: String, CustomStringConvertible { case calm, loud; var description: String { rawValue } }

        struct User: Encodable {
            var id: Int
            var name: String
            var isAdmin = false
            var address: Address { Address(city: "London") }
            var friend: Friend? { nil }
            static let ada = User(id: 7, name: "Ada")
            static let grace = User(id: 8, name: "Grace")
        }

        struct Friend { var name: String }

        struct Post {
            var body = "Hello, world"
            var author: User? = .ada
            var created = UnixTime(1_788_616_980)
        }

        struct Draft: FormData {
            let formName = "post"
            func formValue(_ field: String) -> String? { field == "title" ? "Hello" : nil }
            func formErrors(_ field: String) -> [String] { field == "title" ? ["is taken"] : [] }
        }

        func excerpt(_ text: String, length: Int) -> String { String(text.prefix(length)) }
        func clean(_ text: String) -> String { text.uppercased() }
        func today() -> String { "Monday" }
        func kinds() -> KeyValuePairs<String, String> { ["note": "A note", "link": "A link"] }

        struct Environment: RenderEnvironment {
            var locale: PageLocale
            var formToken: FormToken? { FormToken(name: "_csrf_token", value: "x7Gh") }
        }

        func show(_ page: some Template, _ locale: PageLocale = .english) {
            print(try! page.rendered(environment: Environment(locale: locale)), terminator: "\\0")
        }

        """
}
