import ZzzTemplate

struct User: Encodable {
    var name: String
    var email: String?
}

enum Tone: String, CustomStringConvertible {
    case calm
    case loud

    var description: String { rawValue }
}

struct Comment {
    var text: String
    var answers: [Comment] = []
}

struct Draft: FormData {
    var values: [String: String] = [:]
    var problems: [String: [String]] = [:]
    var formErrors: [String] = []
    let formName = "post"

    func formValue(_ field: String) -> String? { values[field] }
    func formErrors(_ field: String) -> [String] { problems[field] ?? [] }
}

func kinds() -> KeyValuePairs<String, String> { ["note": "A note", "link": "A link & more"] }

/// An environment with everything in it.
struct FullEnvironment: RenderEnvironment {
    var locale = PageLocale.english
    var formToken: FormToken? = FormToken(name: "_csrf_token", value: "a\"b")
    var nonce: String? = "n0nce"
    var assetPrefix = "/blog/assets/"
}
