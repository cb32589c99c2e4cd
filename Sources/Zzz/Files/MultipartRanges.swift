/// Several ranges of a representation as multipart/byteranges (RFC 9110 section 15.3.7.2).
struct MultipartRanges {
    private(set) var bytes: [UInt8] = []
    let contentType: String

    /// How many bytes the ranges may have together: they are copied into memory.
    static let maximumBytes: Int64 = 1 << 20

    /// nil when they are more.
    init?(_ ranges: [Range<Int64>], of file: ServedFile) throws {
        guard ranges.reduce(0, { $0 + Int64($1.count) }) <= Self.maximumBytes else { return nil }
        // Random, so that it is in no file.
        let boundary =
            String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
        contentType = "multipart/byteranges; boundary=\(boundary)"
        for range in ranges {
            bytes += "\r\n--\(boundary)\r\nContent-Type: \(file.contentType)\r\n".utf8
            bytes += "Content-Range: \(file.contentRange(range))\r\n\r\n".utf8
            bytes += try file.read(range)
        }
        bytes += "\r\n--\(boundary)--\r\n".utf8
    }
}

extension ServedFile {
    /// The value of Content-Range for a part of it.
    func contentRange(_ range: Range<Int64>) -> String { "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)" }

    func read(_ range: Range<Int64>) throws -> [UInt8] {
        switch content {
        case .memory(let bytes): Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        case .file(let file, let start): try file.read(start + range.lowerBound..<start + range.upperBound)
        }
    }
}
