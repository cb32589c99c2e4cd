extension Context {
    /// What functions want to know or change later in a request's life.
    struct Hooks {
        var beforeSend: [(Context) throws -> Void] = []
        var onError: [(any Error, Context) throws -> Response?] = []
        var onEnd: [(Context) -> Void] = []
        /// What is awaited when the response is complete, before the other hooks look at it.
        var awaited: ((Context) async throws -> Void)?
        /// The answer that waits for that.
        var heldAnswer: ((Context) throws -> Void)?

        /// Whether an answer has to wait.
        var isAwaited: Bool { awaited != nil }

        mutating func removeAll() {
            beforeSend.removeAll(keepingCapacity: true)
            onError.removeAll(keepingCapacity: true)
            onEnd.removeAll(keepingCapacity: true)
            awaited = nil
            heldAnswer = nil
        }
    }

    /// Calls `hook` when the response is complete but for being sent, whoever made it, error pages included: the place
    /// to set the status and the fields. Hooks run in the reverse order of their registration, so that the outermost
    /// middleware has the last word. They cannot answer; an error is rendered in the place of the response.
    ///
    /// They run once for each response that is tried: again for the page of such an error, and when the host has
    /// refused the first one, with the fields as they were before.
    public func beforeSend(_ hook: @escaping (Context) throws -> Void) {
        isTouched = true
        hooks.beforeSend.append(hook)
    }

    /// Calls `hook` when the request is over and its response has been handed to the host, or has been given up.
    /// ``status`` is the one that was sent; 499 when the client left, or the daemon had answered in the app's place,
    /// before there was a response. Hooks run in the reverse order of their registration.
    public func onEnd(_ hook: @escaping (Context) -> Void) {
        isTouched = true
        hooks.onEnd.append(hook)
    }

    /// Lets `hook` render an error that ends the request: an ``Abort``, or whatever else was thrown, which the client
    /// must not be told about. Nil leaves it to the hook that was registered before, and at last to
    /// ``App/render(_:for:)``.
    public func onError(_ hook: @escaping (any Error, Context) throws -> Response?) {
        isTouched = true
        hooks.onError.append(hook)
    }

    /// Fields and status, to be put back when the host refuses the response.
    struct Draft {
        var fields: FieldList
        var contentType: String?
        var status: Status
    }

    /// Runs the hooks. A hook that answers is told off in the log, as for every second answer.
    @inline(never)
    func runBeforeSend() throws -> Draft {
        // No copy of memory that is kept from request to request.
        let draft = Draft(
            fields: fields.isEmpty ? FieldList() : fields, contentType: contentType, status: chosenStatus)
        phase = .preparing
        defer { phase = .open }
        do {
            for hook in hooks.beforeSend.reversed() { try hook(self) }
        } catch {
            restore(draft)
            throw error
        }
        return draft
    }

    /// Lets `work` be awaited when the response is complete, before it is sent. Only in a request that has a task.
    func awaitBeforeSend(_ work: @escaping (Context) async throws -> Void) {
        isTouched = true
        hooks.awaited = work
    }

    /// Keeps an answer until what it waits for is done.
    func hold(_ answer: @escaping (Context) throws -> Void) {
        hooks.heldAnswer = answer
        phase = .held
    }

    /// Awaits what has to be done before the response, once.
    func awaitHooks() async throws {
        guard isTouched, let work = hooks.awaited.take() else { return }
        try await work(self)
    }

    /// Sends the answer that was held.
    func sendHeldAnswer() async throws {
        guard phase == .held else { return }
        defer { if phase == .held { phase = .open } }
        try await awaitHooks()
        guard let answer = hooks.heldAnswer.take() else { return }
        phase = .open
        try answer(self)
    }

    func restore(_ draft: Draft) {
        fields = draft.fields
        contentType = draft.contentType
        chosenStatus = draft.status
    }

    @inline(never)
    func runOnEnd() {
        for hook in hooks.onEnd.reversed() { hook(self) }
    }
}
