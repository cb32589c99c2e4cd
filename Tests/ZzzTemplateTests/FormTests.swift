import Testing
import ZzzTemplate

@Suite struct FormTests {
    private let empty = Draft(values: ["kind": "link", "isPublic": "true"])

    @Test func aFormWithItsFields() throws {
        let page = try Templates.posts.form(draft: empty).rendered(environment: FullEnvironment())
        #expect(
            page == """
                <form method="post" action="/posts" class="wide"><input type="hidden" name="_csrf_token" \
                value="a&quot;b"><div class="field">
                <label for="post_title">Title</label>
                <input type="text" id="post_title" name="post[title]" value="" placeholder="A &lt;title&gt;" required \
                maxlength="80">
                </div>
                <div class="field">
                <label for="post_password">Password</label>
                <input type="password" id="post_password" name="post[password]">
                </div>
                <div class="field">
                <label for="post_body">Body</label>
                <textarea id="post_body" name="post[body]" rows="5">
                </textarea>
                </div>
                <div class="field">
                <label for="post_kind">Kind</label>
                <select id="post_kind" name="post[kind]">
                <option value="note">A note</option>
                <option value="link" selected>A link &amp; more</option>
                </select>
                </div>
                <div class="field">
                <input type="hidden" name="post[isPublic]" value="false">
                <label><input type="checkbox" id="post_isPublic" name="post[isPublic]" value="true" \
                checked> Public</label>
                </div>
                <button>Send</button>
                </form>
                """)
    }

    @Test func errorsAreShownAtTheirFields() throws {
        var draft = Draft(values: ["title": "\"><script>", "body": "\nsecond line", "password": "secret"])
        draft.problems = ["title": ["is <too> long", "is taken"]]
        draft.formErrors = ["Try again."]
        let page = try Templates.posts.form(draft: draft).rendered()
        #expect(page.contains("<form method=\"post\" action=\"/posts\" class=\"wide\"><p>Try again.</p>\n"))
        #expect(
            page.contains(
                """
                value="&quot;&gt;&lt;script&gt;" aria-invalid="true" aria-describedby="post_title_errors" placeholder
                """))
        #expect(
            page.contains(
                """
                <ul class="errors" id="post_title_errors">
                <li>is &lt;too&gt; long</li>
                <li>is taken</li>
                </ul>
                """))
        #expect(page.contains("rows=\"5\">\n\nsecond line</textarea>"))
        #expect(!page.contains("secret"))
        #expect(!page.contains("checked"))
    }

    @Test func methodsThatFormsDoNotHave() throws {
        let page = try Templates.posts.delete(path: "/posts/7").rendered(environment: FullEnvironment())
        #expect(
            page == """
                <form method="post" action="/posts/7" data-confirm="Sure?"><input type="hidden" name="_csrf_token" \
                value="a&quot;b"><input type="hidden" name="_method" value="delete"><button>Delete</button></form>
                <form method="get" action="/search"><input name="q"></form>

                """)
        let hostile = try Templates.posts.delete(path: "javascript:alert(1)").rendered()
        #expect(hostile.contains("action=\"about:invalid#zzz\""))
    }

    @Test func namesWithoutAPrefix() {
        struct Plain: FormData {
            let formName = ""
            func formValue(_ field: String) -> String? { nil }
            func formErrors(_ field: String) -> [String] { [] }
        }
        let field = Form(Plain()).email
        #expect(field.name == "email" && field.id == "email" && field.value == nil && field.isValid)
    }

    @Test func formsMayHaveTheSameName() throws {
        #expect(
            try Templates.posts.two(form: empty).rendered() == """
                <form method="get" action="/search"><input name="post[title]"></form>
                <form method="post" action="/posts"><input name="post[body]"></form>
                <form method="post" action="/drop"><input type="hidden" name="_method" value="delete">\
                <button>Drop</button></form>

                """)
    }
}
