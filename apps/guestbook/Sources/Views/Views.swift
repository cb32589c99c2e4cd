import Zzz

/// The pages. Each is a function that returns ``HTML``; they are in extensions, one file for each part of the site.
struct Views: Sendable {
    let assets: Assets

    /// What every page has around its content.
    func layout(_ context: Context, title: String, _ content: HTML) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <link rel="stylesheet" href="\(context.link(assets.path("style.css")))">
        <link rel="icon" href="\(context.link(assets.path("icon.svg")))" type="image/svg+xml">
        </head>
        <body>
        <header class="site">
        <a class="brand" href="\(context.link("/"))">
        <img src="\(context.link(assets.path("icon.svg")))" alt="" width="32" height="32">Guestbook</a>
        <nav>\(visitorMenu(context))</nav>
        </header>
        <main>
        \(messages(context))
        \(content)
        </main>
        <footer>
        <p>Served by Zzz. The entries as JSON: <a href="\(context.link("/api/entries"))">/api/entries</a></p>
        </footer>
        </body>
        </html>
        """
    }

    private func visitorMenu(_ context: Context) -> HTML {
        guard let keeper = context.keeperName else {
            return "<a href=\"\(context.link("/sign-in"))\">Sign in</a>"
        }
        return """
            <span class="faint">Signed in as \(keeper)</span>
            <form method="post" action="\(context.link("/sign-out"))">\(csrfField(context))
            <button class="plain">Sign out</button></form>
            """
    }

    /// What the request before this one wanted to say.
    private func messages(_ context: Context) -> HTML {
        HTML(
            context.flash.messages.map { message in
                "<p class=\"flash \(message.kind.name)\" role=\"status\">\(message.text)</p>"
            })
    }

    /// Proves that a form comes from a page of ours.
    func csrfField(_ context: Context) -> HTML {
        "<input type=\"hidden\" name=\"_csrf_token\" value=\"\(context.csrfToken)\">"
    }

    /// A labelled field with what is wrong with it. `control` gets the attributes that tie the three together.
    func field(_ name: String, _ label: String, hint: String, error: String?, _ control: (HTML) -> HTML) -> HTML {
        let described: HTML = error == nil ? "\(name)-hint" : "\(name)-error \(name)-hint"
        let invalid: HTML = error == nil ? .nothing : " aria-invalid=\"true\""
        return """
            <div class="field">
            <label for="\(name)">\(label)</label>
            \(control("id=\"\(name)\" name=\"\(name)\" aria-describedby=\"\(described)\"\(invalid)"))
            \(error.map { "<p class=\"error\" id=\"\(name)-error\">\($0)</p>" as HTML })
            <p class="hint" id="\(name)-hint">\(hint)</p>
            </div>
            """
    }
}

extension Context {
    /// A path of this app as browsers see it: below the place where the app is mounted.
    func link(_ path: String) -> String { mount + path }
}
