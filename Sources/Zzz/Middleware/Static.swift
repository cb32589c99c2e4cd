/// Serves the files of a directory: as a middleware, before the routes, or as a route.
///
/// ```swift
/// var endpoint: Pipeline { Pipeline { Static(at: "/assets", from: "/srv/shop/assets") } }
///
/// func routes() -> [Route] {
///     scope("/account", through: [signedIn]) { Static(at: "/invoices", from: "/srv/shop/invoices") }
/// }
/// ```
/// Conditional requests, ranges and HEAD are answered as RFC 9110 says; files are sent by the kernel, small ones out of
/// memory. No path leads out of the directory. A middleware leaves a request for which there is no file to the routes;
/// a route answers 404.
public struct Static: Middleware {
    /// What happens to names that begin with a dot, which are secrets often.
    public enum DotFiles: Sendable {
        /// They are not there.
        case hidden
        /// These alone are there: ".well-known".
        case only(Set<String>)
        case shown
    }

    /// What the ETag of a file is made of.
    public enum Tags: Sendable {
        /// Its inode, size and time of modification.
        case metadata
        /// Its contents, which are read when it is first asked for: the same on every server. For files of up to
        /// 16 MiB; larger ones have the other.
        case contents
    }

    /// How much is kept of files that were served.
    public struct Cache: Sendable {
        /// How many paths; 0: none.
        public var fileCount: Int
        /// How much memory for contents, in bytes.
        public var contentBytes: Int
        /// Larger files are kept open instead, in bytes.
        public var largestContentBytes: Int
        /// For how long a file is taken to be as it was.
        public var revalidation: Duration

        public init(
            fileCount: Int = 256, contentBytes: Int = 4 << 20, largestContentBytes: Int = 64 << 10,
            revalidation: Duration = .seconds(1)
        ) {
            self.fileCount = fileCount
            self.contentBytes = contentBytes
            self.largestContentBytes = largestContentBytes
            self.revalidation = revalidation
        }

        /// Each file is opened for each request.
        public static let none = Cache(fileCount: 0)
    }

    private let prefix: String
    private let library: FileLibrary
    private let refusesOtherMethods: Bool
    private let source: (file: StaticString, line: UInt)

    /// - Parameters:
    ///   - prefix: the path below which the files are: "/assets".
    ///   - directory: where they are.
    ///   - only: the names in the directory, of files and of directories, that are served; nil: all. With this, other
    ///     paths are not even looked up, which matters where the prefix is "/".
    ///   - index: what is served for a directory, the first that there is. With none, directories are not there.
    ///   - fallback: the file for paths where there is none: that of an application which runs in the browser and has
    ///     paths of its own. Only for requests that ask for HTML by name, as a browser does for a page.
    ///   - precompressed: siblings that clients which take them get in a file's place: "app.css.br".
    ///   - caching: Cache-Control by the files' names; the first rule that matches counts. Others get "no-cache", which
    ///     lets a client keep the file, and ask whether it is still the same.
    ///   - tags: what the ETag of a file is made of.
    ///   - headers: more fields for every file.
    ///   - contentTypes: media types by extension, "gpx", before those that are known.
    ///   - dotFiles: what happens to names that begin with a dot.
    ///   - followsLinks: whether links are followed, those that stay inside.
    ///   - refusesOtherMethods: whether a middleware answers methods but GET and HEAD with 405 below the prefix.
    ///   - cache: how much is kept of files that were served.
    public init(
        at prefix: String = "/", from directory: String, only: Set<String>? = nil, index: [String] = ["index.html"],
        fallback: String? = nil, precompressed: [ContentCoding] = [], caching: [CacheRule] = [],
        tags: Tags = .metadata, headers: [(name: String, value: String)] = [],
        contentTypes: [String: String] = [:], dotFiles: DotFiles = .hidden, followsLinks: Bool = false,
        refusesOtherMethods: Bool = false, cache: Cache = Cache(), file: StaticString = #fileID, line: UInt = #line
    ) {
        self.prefix = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        self.refusesOtherMethods = refusesOtherMethods
        source = (file, line)
        library = FileLibrary(
            directory: FileDirectory(path: directory, followsLinks: followsLinks),
            options: FileLibrary.Options(
                only: only, index: index, fallback: fallback, codings: precompressed, caching: caching, tags: tags,
                headers: headers, contentTypes: contentTypes, dotFiles: dotFiles, cache: cache))
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if let problem { throw StartupError(problem) }
    }

    private var problem: String? {
        guard prefix.isEmpty || prefix.hasPrefix("/") else { return "the prefix \(prefix) does not begin with \"/\"" }
        return library.directory.problem
    }

    public func call(_ context: Context) throws -> Next {
        let path = context.head.pointee.path.buffer
        let count = prefix.utf8.count
        guard path.count >= count, path.prefix(count).elementsEqual(prefix.utf8),
            path.count == count || path[count] == UInt8(ascii: "/")
        else { return .next }
        guard context.method == .get || context.method == .head else {
            guard refusesOtherMethods else { return .next }
            throw Abort(.methodNotAllowed, headers: [("Allow", "GET, HEAD")])
        }
        return try library.answer(context, UnsafeRawBufferPointer(rebasing: path[count...])) ? .halt : .next
    }

    /// The directory itself and everything below it.
    var routes: [Route] {
        let patterns = prefix.isEmpty ? ["/*path"] : ["\(prefix)/*path", prefix]
        return patterns.map { pattern in
            let action: Route.Action =
                problem.map { .invalid($0) }
                ?? .sync { [library] context in
                    guard try library.answer(context, context.pathBelowPattern) else { throw Abort(.notFound) }
                }
            return get.route(pattern, "", false, 0, nil, [], source.file, source.line, action)
        }
    }
}

extension RoutesBuilder {
    /// The files as routes, below the scopes around them and behind their pipelines.
    public static func buildExpression(_ files: Static) -> [Route] { files.routes }
}

extension Context {
    /// What the wildcard of the route's pattern stands for, as received, from the slash before it on; nothing for a
    /// pattern without one. It is not taken from the parameter, in which an encoded slash looks like any other.
    fileprivate var pathBelowPattern: UnsafeRawBufferPointer {
        let path = head.pointee.path.buffer
        guard let star = endpoint.pattern.utf8.lastIndex(of: UInt8(ascii: "*")) else {
            return UnsafeRawBufferPointer(rebasing: path[path.endIndex...])
        }
        var slashes = endpoint.pattern.utf8[..<star].count { $0 == UInt8(ascii: "/") }
        let start = path.firstIndex { byte in
            slashes -= byte == UInt8(ascii: "/") ? 1 : 0
            return slashes == 0
        }
        return UnsafeRawBufferPointer(rebasing: path[(start ?? path.endIndex)...])
    }
}
