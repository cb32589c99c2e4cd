/// Compresses responses, in the way that the client likes best among those that are offered.
///
/// Text, JSON and the like are compressed from some size on, also when they are streamed: each piece that a handler
/// writes is sent at once, so that event streams work. What has a Content-Encoding already, `Cache-Control:
/// no-transform`, a part of a representation (206) and files stay as they are. It does not matter where in a pipeline
/// it stands: the body is compressed after all hooks.
///
/// A page that has a secret and a text of the client's in it, compressed over TLS, can leak the secret by its size
/// (BREACH): ``CSRF`` tokens are masked against that; leave other such pages out.
public struct Compress: Middleware {
    /// What is compressed unless other types are named.
    public static let types = [
        "text/*", "application/json", "*/*+json", "application/javascript", "application/xml", "*/*+xml",
        "application/x-ndjson", "application/wasm", "application/vnd.ms-fontobject", "font/ttf", "font/otf",
        "image/bmp", "image/vnd.microsoft.icon",
    ]

    private let compression: Compression

    /// - Parameters:
    ///   - codings: what is offered; of those that a client likes equally, the first one. What this machine has no
    ///     library for is left out.
    ///   - minimumBytes: bodies with fewer bytes stay as they are.
    ///   - types: media types: "text/html", "text/*", "*/*+json".
    public init(
        _ codings: [Coding] = [.zstd(), .brotli(), .gzip(), .deflate()], minimumBytes: Int = 860,
        types: [String] = Compress.types
    ) {
        compression = Compression(codings: codings, minimumBytes: minimumBytes, types: types)
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if compression.codings.isEmpty { throw StartupError("Compress offers no coding") }
        for type in compression.types where type.split(separator: "/").count != 2 {
            throw StartupError("\"\(type)\" is no media type, such as \"text/html\", \"text/*\" or \"*/*+json\"")
        }
        for coding in compression.codings where !coding.levels.contains(coding.level) {
            throw StartupError(
                "\(coding.name) has levels from \(coding.levels.lowerBound) to \(coding.levels.upperBound), and "
                    + "\(coding.level) is none")
        }
        // The libraries are looked up now rather than by the first request.
        for coding in compression.codings { _ = coding.isAvailable }
    }

    public func call(_ context: Context) throws -> Next {
        context.isTouched = true
        context.compression = compression
        return .next
    }
}

extension Compress {
    /// A content coding (RFC 9110 section 8.4.1), and how hard it tries.
    public struct Coding: Sendable, Hashable {
        enum Kind: Sendable, Hashable { case gzip, deflate, brotli, zstd }

        let kind: Kind
        let level: Int

        /// gzip (RFC 1952); levels 1 to 9.
        public static func gzip(level: Int = 5) -> Coding { Coding(kind: .gzip, level: level) }
        /// zlib's format (RFC 1950); levels 1 to 9.
        public static func deflate(level: Int = 5) -> Coding { Coding(kind: .deflate, level: level) }
        /// Brotli (RFC 7932), where libbrotlienc is installed; levels 0 to 11.
        public static func brotli(level: Int = 4) -> Coding { Coding(kind: .brotli, level: level) }
        /// Zstandard (RFC 8878), where libzstd is installed; levels 1 to 19.
        public static func zstd(level: Int = 3) -> Coding { Coding(kind: .zstd, level: level) }

        /// As in Content-Encoding.
        var name: String {
            switch kind {
            case .gzip: "gzip"
            case .deflate: "deflate"
            case .brotli: "br"
            case .zstd: "zstd"
            }
        }

        var levels: ClosedRange<Int> {
            switch kind {
            case .gzip, .deflate: 1...9
            case .brotli: 0...11
            case .zstd: 1...19
            }
        }

        /// Whether the machine has the library.
        var isAvailable: Bool {
            switch kind {
            case .gzip, .deflate: true
            case .brotli: BrotliLibrary.shared != nil
            case .zstd: ZstdLibrary.shared != nil
            }
        }
    }
}
