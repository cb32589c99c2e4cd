import Zzz

extension Views {
    /// The page for every error: what went wrong, and the way back.
    func error(_ context: Context, _ abort: Abort) -> HTML {
        let text =
            switch abort.status {
            case .notFound: "There is no such page in this book."
            case .forbidden: "This form does not come from a page of this book, or it is too old. Please try again."
            case .internalServerError: "Something went wrong here, and it was noted. Please try it again later."
            default: abort.message
            }
        return layout(
            context, title: abort.status.reason,
            """
            <section class="problem">
            <p class="status">\(Int(abort.status.rawValue))</p>
            <h1>\(abort.status.reason)</h1>
            <p>\(text)</p>
            <p><a class="button" href="\(context.link("/"))">To the first page</a></p>
            </section>
            """)
    }
}
