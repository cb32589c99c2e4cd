import Glibc

/// What tells two image files with the same code from two with different code: the private copies of one app are the
/// same to it.
enum ImageContent: Hashable, Sendable {
    /// The linker's NT_GNU_BUILD_ID, which it makes of the contents.
    case buildID([UInt8])
    /// Of a file without one.
    case file(byteCount: Int64, modified: Int64)

    /// Nil when there is no such file.
    init?(path: String) {
        guard let identity = FileIdentity(path: path) else { return nil }
        self = .file(byteCount: identity.byteCount, modified: identity.modified)
        // `try?`: a file that cannot be opened has no build id to read.
        guard let file = try? Descriptor.open(path, O_RDONLY), let id = Self.buildID(file.number) else { return }
        self = .buildID(id)
    }

    private static let headerByteCount = 64
    private static let programHeaderByteCount = 56
    private static let noteType: UInt32 = 4
    private static let buildIDType: UInt32 = 3
    /// The longest segment of notes that is read, in bytes.
    private static let noteLimitBytes = 4096

    /// The id in the notes of an ELF file (elf(5)); nil when there is none, or when the file is no ELF file.
    private static func buildID(_ file: Int32) -> [UInt8]? {
        let header = bytes(of: file, at: 0, count: headerByteCount)
        guard header.count == headerByteCount, header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]),
            Int(header.load(54, as: UInt16.self)) == programHeaderByteCount
        else { return nil }
        let count = Int(header.load(56, as: UInt16.self))
        let table = bytes(
            of: file, at: header.load(32, as: UInt64.self), count: min(count, 256) * programHeaderByteCount)
        for start in stride(from: 0, to: table.count - programHeaderByteCount + 1, by: programHeaderByteCount)
        where table.load(start, as: UInt32.self) == noteType {
            let length = min(table.load(start + 32, as: UInt64.self), UInt64(noteLimitBytes))
            let notes = bytes(of: file, at: table.load(start + 8, as: UInt64.self), count: Int(length))
            if let id = buildID(in: notes) { return id }
        }
        return nil
    }

    /// Each note has the lengths of its name and of its contents, its type, and both padded to four bytes.
    private static func buildID(in notes: [UInt8]) -> [UInt8]? {
        var start = 0
        while start + 12 <= notes.count {
            let nameCount = Int(notes.load(start, as: UInt32.self))
            let count = Int(notes.load(start + 4, as: UInt32.self))
            let contents = start + 12 + (nameCount + 3) / 4 * 4
            guard contents + count <= notes.count else { return nil }
            let name = notes[(start + 12)..<(start + 12 + nameCount)]
            if notes.load(start + 8, as: UInt32.self) == buildIDType, name.elementsEqual([0x47, 0x4E, 0x55, 0]) {
                return Array(notes[contents..<(contents + count)])
            }
            start = contents + (count + 3) / 4 * 4
        }
        return nil
    }

    /// As many of them as the file has.
    private static func bytes(of file: Int32, at offset: UInt64, count: Int) -> [UInt8] {
        guard let offset = Int(exactly: offset) else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(0, retryingOnInterrupt { pread(file, buffer.baseAddress, count, offset) })
        }
    }
}

extension [UInt8] {
    /// The integer at `offset`, in this machine's byte order; the caller has checked the length.
    fileprivate func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Value.Type) -> Value {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }
}
