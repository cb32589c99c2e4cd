import ZzzAppABI
import ZzzTemplate

/// One request and its response, as a handler sees them.
///
/// What is read from it is read from the host's memory, and turned into a `String` only when asked for. A context
/// belongs to its request: when that has ended, a context that was kept reads as an empty request and can no longer
/// answer. It is not Sendable; take what another task needs out of it.
public final class Context {
    enum Phase: UInt8 {
        /// No response yet.
        case open
        /// The response is made, and the hooks look at it before it is sent.
        case preparing
        /// The response is made, and something has to be awaited before it is sent.
        case held
        /// A streamed response has begun.
        case streaming
        /// The response is complete.
        case answered
        /// The request is over.
        case ended
    }

    // A context is used by one thread at a time, which the compiler checks since it is not Sendable: no need to look
    // for overlapping accesses to the fields on the path of every request.

    /// The host's slices: valid while `phase` is not `.ended`, and the empty request's from then on.
    @exclusivity(unchecked) var head: UnsafePointer<zzz_http_request>
    /// The host's handle: nil when the request is over.
    @exclusivity(unchecked) var request: OpaquePointer?
    /// Owned by the instance, which is never freed, so not counted for each request.
    @exclusivity(unchecked) unowned(unsafe) var endpoint: Endpoint
    unowned(unsafe) let instance: AppInstance
    /// The host's functions.
    let http: UnsafePointer<zzz_http>
    private let emptyHead: UnsafePointer<zzz_http_request>
    @exclusivity(unchecked) var phase = Phase.ended
    /// Whether something below has to be cleaned before the next request.
    @exclusivity(unchecked) var isTouched = false

    /// The response's status. 200 unless set, or chosen by the function that answers.
    public var status: Status {
        get { chosenStatus }
        set {
            chosenStatus = newValue
            isTouched = true
        }
    }
    @exclusivity(unchecked) var chosenStatus = Status.ok
    /// The response's fields that were set.
    var fields = FieldList()
    /// A Content-Type that was set as a field: it replaces the one of the function that answers.
    var contentType: String?
    /// Why an answer was not sent.
    var refusal: (any Error)?
    var assignments: [ObjectIdentifier: Any] = [:]
    /// What the request is said to be by a proxy that is trusted, or by a form: nil unless middleware found that out.
    var overrides: Overrides?
    /// Body and type of the response that the hooks look at; nil for one that is streamed or a file.
    var wholeAnswer: (body: zzz_bytes, type: zzz_bytes)?
    /// What middleware registered for later.
    var hooks = Hooks()
    /// The files of the form that was read.
    var uploads: [Upload] = []
    /// The session, when ``Session`` has run.
    var sessionState: SessionState?
    /// Memory for pages; nil until the first one, and while one is being made.
    var pageOutput: HTMLOutput?
    /// What ``Compress`` is to do with the response.
    var compression: Compression?
    /// What the pieces of the streamed response go through.
    var streamCompressor: StreamCompressor?
    /// The task that runs the handler; nil for a synchronous one, which needs none.
    var task: RequestTask?
    /// Trailer fields of the request's body, once it has ended.
    var receivedTrailers: [(name: String, value: String)] = []

    init(instance: AppInstance, endpoint: Endpoint) {
        self.instance = instance
        self.endpoint = endpoint
        http = instance.host.http
        emptyHead = Self.emptyHead
        head = emptyHead
        request = nil
    }

    /// The request of a context whose request is over. Immutable, and never freed.
    nonisolated(unsafe) private static let emptyHead: UnsafePointer<zzz_http_request> = {
        let head = UnsafeMutablePointer<zzz_http_request>.allocate(capacity: 1)
        head.initialize(to: zzz_http_request())
        head.pointee.size = UInt32(MemoryLayout<zzz_http_request>.size)
        head.pointee.content_length = -1
        return UnsafePointer(head)
    }()

    @inline(__always)
    func begin(_ endpoint: Endpoint, _ request: OpaquePointer, _ head: UnsafePointer<zzz_http_request>) {
        self.endpoint = endpoint
        self.request = request
        self.head = head
        phase = .open
    }

    /// The request is over: forgets it.
    @inline(__always)
    func end() {
        if isTouched { runOnEnd() }
        phase = .ended
        request = nil
        head = emptyHead
        if isTouched { clear() }
    }

    @inline(never)
    private func clear() {
        status = .ok
        clearFields()
        refusal = nil
        assignments.removeAll()
        overrides = nil
        sessionState = nil
        hooks.removeAll()
        compression = nil
        streamCompressor = nil
        receivedTrailers.removeAll()
        for upload in uploads { upload.discard() }
        uploads.removeAll()
        isTouched = false
    }

    func clearFields() {
        fields.removeAll()
        contentType = nil
    }
}
