import ZzzAppABI
import ZzzTemplate

extension Context {
    /// Answers with a page made by a template, as `text/html; charset=utf-8`:
    /// ```swift
    /// get("/users") { context in
    ///     try context.render(Templates.users.index(users: try User.all()), layout: .app)
    /// }
    /// ```
    /// The page is made in memory and sent whole, with its length. When it says `{{flush}}`, what there is of it is
    /// sent then, and the rest in chunks. Throws a `TemplateError` for a page that can't be made whole.
    @discardableResult
    public func render(_ page: some Template, layout: Layout? = nil) throws -> Answered {
        guard phase == .open else { throw MisuseError("a page after the answer") }
        let environment = PageEnvironment(context: self)
        try withPageOutput(environment) { output in
            output.render(page, layout: layout)
            if let failure = output.failure { throw failure }
            if let refusal { throw refusal }
            try output.withBytes { bytes in
                switch phase {
                case .streaming: try environment.end(with: bytes)
                case .open: send(zzz_bytes(bytes), type: PageEnvironment.contentType)
                // The client has left in the middle of it.
                default: break
                }
            }
        }
        return Answered()
    }

    /// A page as text, for the one that ``ErrorHandler`` shows, or for a mail.
    public func rendered(_ page: some Template, layout: Layout? = nil) throws -> String {
        try withPageOutput(PageEnvironment(context: self, keepsAll: true)) { output in
            output.render(page, layout: layout)
            if let failure = output.failure { throw failure }
            return output.withBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Answers with a page whose inside is made piece by piece: what the layout has before its `{{yield}}` is sent at
    /// once, so that the client can begin to fetch styles and scripts while `body` waits for data.
    /// ```swift
    /// get("/report") { context in
    ///     try await context.stream(layout: .app) { writer in
    ///         try await writer.render(Templates.report.intro())
    ///         for try await chapter in chapters { try await writer.render(Templates.report.chapter(of: chapter)) }
    ///     }
    /// }
    /// ```
    @discardableResult
    public func stream(layout: Layout, _ body: (ResponseWriter) async throws -> Void) async throws -> Answered {
        let (head, tail) = try halves(of: layout)
        return try await stream(contentType: "text/html; charset=utf-8") { writer in
            try await writer.write(head)
            try await body(writer)
            try await writer.write(tail)
        }
    }

    private func halves(of layout: Layout) throws -> ([UInt8], [UInt8]) {
        let gap = Gap()
        return try withPageOutput(PageEnvironment(context: self, keepsAll: true)) { output in
            output.render(gap, layout: layout)
            if let failure = output.failure { throw failure }
            guard let position = gap.position else { throw MisuseError("the layout has not yielded") }
            return output.withBytes { (Array($0[..<position]), Array($0[position...])) }
        }
    }

    /// Calls `body` with the memory for pages, which is kept for the next one.
    func withPageOutput<Result>(
        _ environment: PageEnvironment, _ body: (inout HTMLOutput) throws -> Result
    ) rethrows -> Result {
        var output = pageOutput.take() ?? HTMLOutput()
        output.environment = environment
        do {
            let result = try body(&output)
            keep(output)
            return result
        } catch {
            keep(output)
            throw error
        }
    }

    private func keep(_ output: consuming HTMLOutput) {
        output.removeAll()
        // The environment holds this context.
        output.environment = StandaloneEnvironment()
        pageOutput = .some(output)
    }
}

/// Where a layout's page goes.
private final class Gap: Template {
    private(set) var position: Int?

    func render(into output: inout HTMLOutput) {
        if position == nil { position = output.count }
    }
}

extension ResponseWriter {
    /// Writes a piece of a page, and waits while the client is slower than the app.
    public func render(_ page: some Template) async throws {
        let mustWait = try context.withPageOutput(PageEnvironment(context: context, keepsAll: true)) { output in
            output.render(page)
            if let failure = output.failure { throw failure }
            return try output.withBytes { try put(zzz_bytes($0)) }
        }
        if mustWait { try await wait() }
    }
}

/// What a page learns of the request that it is made for.
struct PageEnvironment: RenderEnvironment {
    static var contentType: zzz_bytes { zzz_bytes("text/html; charset=utf-8") }

    let context: Context
    /// Whether `{{flush}}` does nothing.
    var keepsAll = false

    var locale: PageLocale { context.locale }
    var nonce: String? { context.cspNonce }
    /// Nothing on a route without ``Session``, which checks none either.
    var formToken: FormToken? {
        context.sessionState.map { _ in FormToken(name: context.csrfField, value: context.csrfToken) }
    }
    var mount: String { context.mount }
    var assetPrefix: String { context.assetPrefix }

    /// The first piece begins the response. A refusal is kept for the end.
    func flush(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !keepsAll, context.request != nil, context.refusal == nil else { return false }
        // Something has to be awaited before the response, which a page cannot do: it goes out as a whole.
        if context.phase == .open, context.hooks.isAwaited { return false }
        do {
            if context.phase == .open {
                try context.beginStream(Self.contentType, with: zzz_bytes(bytes))
            } else {
                // A page does not wait for its client: past the daemon's limit it is refused.
                _ = try ResponseWriter(context: context).put(zzz_bytes(bytes))
            }
            return true
        } catch {
            context.refused(error)
            return false
        }
    }

    /// The last piece of a response that has begun.
    func end(with bytes: UnsafeRawBufferPointer) throws {
        guard context.request != nil else { return }
        _ = try ResponseWriter(context: context).put(zzz_bytes(bytes))
        // What was set since the beginning comes too late, and is no trailer.
        context.fields.removeAll()
        try context.finishStream()
    }
}
