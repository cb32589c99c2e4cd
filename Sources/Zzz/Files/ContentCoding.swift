/// A content coding that files may be stored in (RFC 9110 section 8.4.1, RFC 7932, RFC 8878).
public enum ContentCoding: String, CaseIterable, Sendable {
    case brotli = "br"
    case zstandard = "zstd"
    case gzip

    /// What the name of a file in it ends with.
    var fileExtension: String {
        switch self {
        case .brotli: ".br"
        case .zstandard: ".zst"
        case .gzip: ".gz"
        }
    }
}
