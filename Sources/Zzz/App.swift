/// An app: what the daemon loads from one shared library.
///
/// ```swift
/// import Zzz
///
/// struct Hello: App {
///     func routes() -> [Route] {
///         get("/") { _ in "Hello from Zzz" }
///     }
/// }
///
/// @c(zzz_app_entry) public func entry() -> AppDescriptor { export(Hello()) }
/// ```
/// The daemon makes one for each generation, that is, at each deploy or reload. Handlers run on all loops at once, so
/// an app is Sendable; keep what changes behind a `Mutex`, an actor, or in the daemon.
public protocol App: Sendable {
    /// The app's routes. Asked for once, while loading: patterns and conflicts are checked before the first request.
    @RoutesBuilder func routes() -> [Route]

    /// Runs for every request, also for those that no route matches, before the pipelines of the route's scopes. Asked
    /// for once, while loading.
    var endpoint: Pipeline { get }

    /// What the keys of sessions and of signed and encrypted cookies are made of: texts of 32 bytes or more that nobody
    /// can guess. The first makes new ones, all are accepted, up to 8: put a new secret before the old one. Empty:
    /// `settings.secret_key_base` of the app's configuration, one text or a list, or "random" in development.
    var secretKeyBase: [String] { get }

    /// Called once, when the app was accepted and before its first request: open what it needs. An error keeps the
    /// old generation running.
    func start() throws

    /// Called once, as the last thing: no request of this generation is in flight any more.
    func stop()

    /// Answers a request that no route matches. Throwing an ``Abort`` leaves it to ``render(_:for:)``.
    func notFound(_ context: Context) throws

    /// Answers a request whose path has routes, but for other methods. The Allow field is set already (RFC 9110
    /// section 15.5.6).
    func methodNotAllowed(_ context: Context) throws

    /// Renders every error answer: an ``Abort`` that was thrown, 404, 405, and 500 for any other error. Nil: text, or
    /// JSON by the Accept field.
    func render(_ abort: Abort, for context: Context) throws -> Response?
}

extension App {
    public var endpoint: Pipeline { Pipeline() }
    public var secretKeyBase: [String] { [] }
    public func start() throws {}
    public func stop() {}
    public func notFound(_ context: Context) throws { throw Abort(.notFound) }
    public func methodNotAllowed(_ context: Context) throws { throw Abort(.methodNotAllowed) }
    public func render(_ abort: Abort, for context: Context) throws -> Response? { nil }
}
