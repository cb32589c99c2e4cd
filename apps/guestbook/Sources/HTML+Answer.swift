import Zzz

/// So that handlers return pages.
extension HTML: Answer {
    func answer(_ context: Context) { context.html(text) }
}
