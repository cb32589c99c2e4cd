import Testing
import ZzzTemplate

/// Pages with layouts, sections, partials, fragments and components, compiled by the plugin.
@Suite struct PageTests {
    private let users = [User(name: "Ada <3", email: "ada@example.com"), User(name: "Bob", email: nil)]

    private let table = """
        <table>
        <tr id="user-0"><td>Ada &lt;3</td><td><a href="mailto:ada@example.com">ada@example.com</a></td></tr>
        <tr id="user-1"><td>Bob</td><td>none</td></tr>
        </table>

        """

    @Test func aPageInItsLayout() throws {
        let page = try Templates.users.index(users: users).rendered(layout: .app)
        #expect(
            page == """
                <!doctype html>
                <html lang="en">
                <head>
                <title>Users (2)</title>
                <link rel="canonical" href="/users">
                </head>
                <body class="narrow">
                <h1>Users</h1>
                \(table)</body>
                </html>

                """)
    }

    @Test func aPageWithoutLayout() throws {
        let page = try Templates.users.index(users: [], heading: "Nobody", note: "<sad>").rendered()
        #expect(
            page == "<h1>Nobody</h1>\n<p>&lt;sad&gt;</p>\n<table>\n<tr><td>Nobody</td></tr>\n</table>\n")
    }

    @Test func layoutsWithValues() throws {
        let page = try Templates.users.mail(user: users[1]).rendered(layout: .app(title: "M", wide: true))
        #expect(page.contains("<title>M</title>"))
        #expect(page.contains("<body class=\"wide\">\n<td>none</td></body>"))
        #expect(try Templates.users.mail(user: users[1]).rendered(layout: .plain) == "<main><td>none</td></main>\n")
    }

    @Test func fragmentsAlone() throws {
        #expect(try Templates.users.index.table(users: users).rendered() == table)
        #expect(
            try Templates.users.index.row(user: users[1], index: 7).rendered()
                == "<tr id=\"user-7\"><td>Bob</td><td>none</td></tr>\n")
    }

    @Test func sectionsOfAPage() {
        let page = Templates.users.index(users: [])
        #expect(page.hasSection("title") && page.hasSection("head") && !page.hasSection("other"))
        var output = HTMLOutput()
        page.renderSection("title", into: &output)
        page.renderSection("other", into: &output)
        #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == "Users (0)")
    }

    @Test func componentsWithSlots() throws {
        let page = try Templates.cards(names: ["a", "b"]).rendered()
        #expect(
            page == """
                <section class="card calm">
                <h2>Empty</h2>
                <p>Nothing here.</p>
                </section>
                <section class="card loud" id="c&lt;1" hidden>
                <h2>Full</h2>
                <p>Inside</p>

                <li>0: a of 2</li>
                <li>1: b of 2</li>
                <footer><i>The end</i></footer>
                </section>
                <section class="card calm" data-kind="frame">
                <h2>Framed</h2>
                <b>deep</b>

                <footer>fine</footer>
                </section>


                """)
    }

    @Test func aTemplateInsideItself() throws {
        let second = Comment(text: "2", answers: [Comment(text: "3")])
        let thread = Comment(text: "1", answers: [second, Comment(text: "4")])
        let page = try Templates.thread(comment: thread).rendered()
        #expect(page.filter { $0 != "\n" } == "<li>1<ul><li>2<ul><li>3</ul><li>4</ul>")
    }

    @Test func theDepthHasALimit() throws {
        func thread(_ depth: Int) -> Comment {
            (1..<depth).reduce(Comment(text: "x")) { inner, _ in Comment(text: "x", answers: [inner]) }
        }
        let limit = HTMLOutput.maximumDepth
        #expect(try Templates.thread(comment: thread(limit)).rendered().contains("x"))
        #expect(throws: TemplateError.tooDeep(limit: limit)) {
            try Templates.thread(comment: thread(limit + 1)).rendered()
        }
    }
}
