/// What a path leads to: a file, and its siblings that are the same, compressed.
final class FileVariants: Sendable {
    let path: FilePath
    let plain: ServedFile
    /// By content coding, in the order of preference.
    let coded: [(coding: ContentCoding, file: ServedFile)]
    /// What the kernel said about the files.
    let metadata: [FileMetadata]
    /// Whether another content would have other metadata.
    private let isSettled: Bool

    init(
        path: FilePath, plain: ServedFile, coded: [(coding: ContentCoding, file: ServedFile)],
        metadata: [FileMetadata], isSettled: Bool
    ) {
        self.path = path
        self.plain = plain
        self.coded = coded
        self.metadata = metadata
        self.isSettled = isSettled
    }

    /// How much memory their contents take.
    var contentBytes: Int { coded.reduce(plain.contentBytes) { $0 + $1.file.contentBytes } }

    /// Whether it can still be used when the directory has files like these.
    func isUnchanged(_ metadata: [FileMetadata]) -> Bool { isSettled && metadata == self.metadata }
}

extension ServedFile {
    fileprivate var contentBytes: Int {
        if case .memory(let bytes) = content { bytes.count } else { 0 }
    }
}
