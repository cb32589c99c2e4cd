/// The path of a file below a directory, out of a request's path.
///
/// It is split before it is decoded, so that an encoded "/" cannot end a segment (RFC 3986 section 2.4), and holds
/// nothing that leads up or elsewhere: what the kernel is given later could not leave the directory anyway
/// (``FileDirectory``), but a path that tries is not even looked up.
struct FilePath: Equatable {
    /// Decoded segments between slashes, without one at either end: "css/app.css"; empty for the directory itself.
    private(set) var bytes: [UInt8] = []
    /// Whether the request's path ended in a slash: it means a directory.
    private(set) var endsInSlash = false

    /// How many bytes the decoded path may have.
    static let maximumBytes = 1024

    enum Failure: Error {
        /// No file has such a name here: 404, or somebody else's path.
        case impossible
        /// Not well encoded: 400.
        case malformed
    }

    /// The directory itself.
    init() {}

    /// - Parameters:
    ///   - raw: as received, from the slash behind the prefix on; empty when there is none.
    ///   - dotFiles: which names that begin with "." are served.
    init(_ raw: UnsafeRawBufferPointer, showing dotFiles: Static.DotFiles = .hidden) throws(Failure) {
        guard raw.count <= Self.maximumBytes * 3 else { throw .impossible }
        bytes.reserveCapacity(raw.count)
        endsInSlash = raw.last == UInt8(ascii: "/")
        var start = 1
        while start < raw.count {
            let end = raw[start...].firstIndex(of: UInt8(ascii: "/")) ?? raw.count
            if start > 1 { bytes.append(UInt8(ascii: "/")) }
            let first = bytes.count
            try append(UnsafeRawBufferPointer(rebasing: raw[start..<end]))
            if bytes[first...].first == UInt8(ascii: ".") {
                guard dotFiles.show(String(decoding: bytes[first...], as: UTF8.self)) else { throw .impossible }
            }
            start = end + 1
        }
        guard bytes.count <= Self.maximumBytes else { throw .impossible }
        guard bytes.allSatisfy({ $0 < 0x80 }) || bytes.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) != nil
        else { throw .malformed }
    }

    private mutating func append(_ segment: UnsafeRawBufferPointer) throws(Failure) {
        guard !segment.isEmpty else { throw .impossible }
        var index = 0
        while index < segment.count {
            var byte = segment[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < segment.count, let high = segment[index].hexValue,
                    let low = segment[index + 1].hexValue
                else { throw .malformed }
                byte = high << 4 | low
                index += 2
                guard byte != 0 else { throw .malformed }
            }
            guard byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: "/"), byte != UInt8(ascii: "\\") else {
                throw .impossible
            }
            bytes.append(byte)
        }
    }

    /// The path of a file in the directory that this is.
    func appending(_ name: String) -> FilePath {
        var path = self
        if !bytes.isEmpty { path.bytes.append(UInt8(ascii: "/")) }
        path.bytes += name.utf8
        path.endsInSlash = false
        return path
    }

    /// The path with an extension added: "app.css" with ".gz".
    func adding(_ fileExtension: String) -> FilePath {
        var path = self
        path.bytes += fileExtension.utf8
        return path
    }

    /// The first segment.
    var firstName: String { String(decoding: bytes.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self) }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Static.DotFiles {
    fileprivate func show(_ name: String) -> Bool {
        guard name != ".", name != ".." else { return false }
        return switch self {
        case .hidden: false
        case .only(let names): names.contains(name)
        case .shown: true
        }
    }
}
