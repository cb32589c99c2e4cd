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

    /// The one that an Accept-Encoding field likes best, the first of equals; nil when it likes none, or likes the file
    /// as it is better (RFC 9110 section 12.5.3).
    static func preferred(by field: String, among codings: some Sequence<ContentCoding>) -> ContentCoding? {
        var qualities: [Substring: Int] = [:]
        for element in field.lowercased().split(separator: ",") {
            let parts = element.split(separator: ";", maxSplits: 1).map { $0.trimmingBlanks() }
            guard let name = parts.first, !name.isEmpty else { continue }
            if parts.count == 1 {
                qualities[name] = 1000
            } else if parts[1].hasPrefix("q="), let quality = AcceptField.quality(parts[1].dropFirst(2)) {
                qualities[name] = quality
            }
        }
        if let gzip = qualities["x-gzip"], qualities["gzip"] == nil { qualities["gzip"] = gzip }
        let others = qualities["*"] ?? 0
        var best: (coding: ContentCoding, quality: Int)?
        for coding in codings {
            let quality = qualities[Substring(coding.rawValue)] ?? others
            if quality > best?.quality ?? max(0, (qualities["identity"] ?? 0) - 1) { best = (coding, quality) }
        }
        return best?.coding
    }
}
