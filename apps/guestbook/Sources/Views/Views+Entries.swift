import Zzz

extension Views {
    /// The first page.
    func index(_ context: Context, _ page: Page<Entry>) -> HTML {
        let title = page.number == 1 ? "Guestbook" : "Guestbook, page \(page.number)"
        let count = page.total == 0 ? "No entries yet" : page.total == 1 ? "One entry" : "\(page.total) entries"
        return layout(
            context, title: title,
            """
            \(page.number == 1 ? welcome(context) : nil)
            <section class="entries" aria-labelledby="entries">
            <div class="heading">
            <h2 id="entries">\(count)</h2>
            <a class="button" href="\(context.link("/entries/new"))">Write an entry</a>
            </div>
            \(page.total == 0 ? "<p class=\"empty\">Nobody has written anything. Be the first.</p>" : nil)
            \(HTML(page.items.map { entry(context, $0) }))
            </section>
            \(pages(context, page))
            """)
    }

    private func welcome(_ context: Context) -> HTML {
        """
        <section class="welcome">
        <h1>Leave a line for those who come after you.</h1>
        <p>This guestbook is the example app of Zzz, an application server in Swift: pages, a form with a picture, a
        sign-in and a JSON API, in one small shared library. Its source and what it teaches are in
        <code>apps/guestbook</code>.</p>
        </section>
        """
    }

    /// One entry on a page of its own.
    func show(_ context: Context, _ entry: Entry) -> HTML {
        layout(
            context, title: "\(entry.name) in the guestbook",
            """
            \(self.entry(context, entry))
            <p><a href="\(context.link("/"))">All entries</a></p>
            """)
    }

    private func entry(_ context: Context, _ entry: Entry) -> HTML {
        let time = WrittenTime(entry.writtenAt)
        return """
            <article class="entry" id="entry-\(entry.id)">
            <header>
            <h3>\(entry.name)</h3>
            <a class="faint" href="\(context.link("/entries/\(entry.id)"))">
            <time datetime="\(time.machineText)">\(time.text)</time></a>
            </header>
            <p class="message">\(entry.message)</p>
            \(entry.picture.map { picture(context, $0, of: entry.name) })
            \(context.keeperName == nil ? nil : removal(context, entry))
            </article>
            """
    }

    private func picture(_ context: Context, _ file: String, of name: String) -> HTML {
        let link = context.link("/pictures/\(file)")
        return """
            <a class="picture" href="\(link)"><img src="\(link)" alt="The picture of \(name)" loading="lazy"></a>
            """
    }

    private func removal(_ context: Context, _ entry: Entry) -> HTML {
        """
        <form class="removal" method="post" action="\(context.link("/entries/\(entry.id)"))">\(csrfField(context))
        <input type="hidden" name="_method" value="delete">
        <button class="plain danger">Remove this entry</button></form>
        """
    }

    private func pages(_ context: Context, _ page: Page<Entry>) -> HTML {
        guard page.count > 1 else { return .nothing }
        func link(_ number: Int?, _ text: String, _ relation: String) -> HTML {
            guard let number else { return "<span></span>" }
            return "<a rel=\"\(relation)\" href=\"\(context.link("/?page=\(number)"))\">\(text)</a>"
        }
        return """
            <nav class="pages" aria-label="Pages">
            \(link(page.previous, "← Newer", "prev"))
            <span class="faint">Page \(page.number) of \(page.count)</span>
            \(link(page.next, "Older →", "next"))
            </nav>
            """
    }

    /// The form, with what was typed already and what was wrong with it.
    func entryForm(_ context: Context, _ form: EntryForm) -> HTML {
        layout(
            context, title: "Write an entry",
            """
            <h1>Write an entry</h1>
            \(form.isValid ? nil : "<p class=\"flash error\" role=\"alert\">It is not in the book yet: see below.</p>")
            <form class="card" method="post" action="\(context.link("/entries"))" enctype="multipart/form-data">
            \(csrfField(context))
            \(nameField(form))
            \(messageField(form))
            \(pictureField(form))
            <p class="actions"><button>Write it into the book</button>
            <a href="\(context.link("/"))">Back</a></p>
            </form>
            """)
    }

    private func nameField(_ form: EntryForm) -> HTML {
        let hint = "At most \(EntryForm.nameLength) characters."
        return field("name", "Your name", hint: hint, error: form.errors["name"]) { attributes in
            "<input \(attributes) value=\"\(form.name)\" autocomplete=\"name\" required>"
        }
    }

    private func messageField(_ form: EntryForm) -> HTML {
        let hint = "At most \(EntryForm.messageLength) characters."
        return field("message", "What you want to say", hint: hint, error: form.errors["message"]) { attributes in
            // A browser drops the first line end.
            "<textarea \(attributes) rows=\"6\" required>\n\(form.message)</textarea>"
        }
    }

    private func pictureField(_ form: EntryForm) -> HTML {
        let hint = "PNG, JPEG, GIF or WebP, at most 2 MB."
        return field("picture", "A picture, if you like", hint: hint, error: form.errors["picture"]) { attributes in
            "<input type=\"file\" \(attributes) accept=\"image/png,image/jpeg,image/gif,image/webp\">"
        }
    }
}
