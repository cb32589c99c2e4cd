/// What a path leads to: a file, and its siblings that are the same, compressed.
final class FileVariants: Sendable {
    let path: FilePath
    let plain: ServedFile
    /// By content coding, in the order of preference.
    let coded: [(coding: ContentCoding, file: ServedFile)]
    /// What the kernel said about the files.
    let metadata: [FileMetadata]

    init(
        path: FilePath, plain: ServedFile, coded: [(coding: ContentCoding, file: ServedFile)], metadata: [FileMetadata]
    ) {
        self.path = path
        self.plain = plain
        self.coded = coded
        self.metadata = metadata
    }

    /// How much memory their contents take.
    var contentBytes: Int { coded.reduce(plain.contentBytes) { $0 + $1.file.contentBytes } }

    /// Whether it can still be used when the directory has files like these: those of a file that was only just written
    /// need another tag (``EntityTag/init(_:start:size:)``).
    func isUnchanged(_ metadata: [FileMetadata]) -> Bool {
        metadata == self.metadata && !plain.tag.isWeak && !coded.contains { $0.file.tag.isWeak }
    }
}

extension ServedFile {
    fileprivate var contentBytes: Int {
        if case .memory(let bytes) = content { bytes.count } else { 0 }
    }
}
