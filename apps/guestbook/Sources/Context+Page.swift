import Zzz
import ZzzTemplate

/// What the request before this one wanted to say.
struct Message {
    let kind: String
    let text: String
}

extension Context {
    /// Answers with a page in the layout that all of them have.
    func page(_ page: some Template) throws { try render(page, layout: layout) }

    /// The page for an error.
    func errorPage(_ abort: Abort) throws -> String {
        let text =
            switch abort.status {
            case .notFound: "There is no such page in this book."
            case .forbidden: "This form does not come from a page of this book, or it is too old. Please try again."
            case .internalServerError: "Something went wrong here, and it was noted. Please try it again later."
            default: abort.message
            }
        let page = Templates.error(
            status: Int(abort.status.rawValue), reason: abort.status.reason, text: text)
        return try rendered(page, layout: layout)
    }

    private var layout: Layout {
        .app(keeper: keeperName, messages: flash.messages.map { Message(kind: $0.kind.name, text: $0.text) })
    }

    /// A path of this app as browsers see it: below the place where the app is mounted. Templates have `{{url}}`.
    func link(_ path: String) -> String { mount + path }
}
