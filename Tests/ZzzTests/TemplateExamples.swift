// The code of docs/templates.md, so that it compiles. DocumentationTests compares the two; the page's templates are
// compiled by the tests of ZzzTemplateCompiler.
import Zzz
import ZzzTemplate

private struct Page: Template {
    func render(into output: inout HTMLOutput) {}
}

private struct User {
    static func all() throws -> [User] { [] }
}

private typealias Chapter = String

private func chapters() -> AsyncStream<Chapter> { AsyncStream { $0.finish() } }

extension Layout {
    fileprivate static var app: Layout { app() }
    fileprivate static func app(title: String = "Zzz") -> Layout { Layout { $0.render(into: &$1) } }
}

private struct FirstTemplate: App {
    enum Templates {
        enum users {
            static func index(users: [User]) -> Page { Page() }
        }
    }

    func routes() -> [Route] {
        get("/users") { context in
            try context.render(Templates.users.index(users: try User.all()), layout: .app)
        }
    }
}

private struct TemplatesOfAnApp: App {
    enum Templates {
        enum users {
            struct index: Template {
                var users: [User]
                var heading: String

                func render(into output: inout HTMLOutput) {}

                static func table(users: [User]) -> Page { Page() }
            }
        }

        enum report {
            static func intro() -> Page { Page() }
            static func chapter(of chapter: Chapter) -> Page { Page() }
        }
    }

    func layouts(_ context: Context, _ page: Page) throws {
        try context.render(page, layout: .app)
        try context.render(page, layout: .app(title: "Users"))
    }

    func locale(_ context: Context) {
        context.locale = context.preferredLocale(among: [.english, .german])
    }

    func routes() -> [Route] {
        get("/users") { context in
            let users = try User.all()
            if context.wantsFragment { return try context.render(Templates.users.index.table(users: users)) }
            return try context.render(Templates.users.index(users: users, heading: "Users"), layout: .app)
        }

        get("/report") { context in
            try await context.stream(layout: .app) { writer in
                try await writer.render(Templates.report.intro())
                for try await chapter in chapters() {
                    try await writer.render(Templates.report.chapter(of: chapter))
                }
            }
        }
    }
}

private enum FormExample {
    struct Draft: FormData {
        var title = ""
        var problems: [String: [String]] = [:]
        let formName = "post"
        func formValue(_ field: String) -> String? { field == "title" ? title : nil }
        func formErrors(_ field: String) -> [String] { problems[field] ?? [] }
    }
}
