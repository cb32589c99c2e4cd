import Glibc

/// The memory of an image that will hardly run again.
///
/// An image stays mapped for good, and the pages of its code that were touched would stay resident with it: half a megabyte for a
/// small Swift app. What the image has never written to can be read from its file again at any time, so the kernel may have
/// those pages back. What is left is what the image has written to.
enum ImagePages {
    private static let loadSegment: UInt32 = 1
    private static let writableFlag: UInt32 = 2

    /// Gives back the pages of the image that was loaded from `path`. Code that runs in it all the same is none the worse for it: its
    /// pages are read again.
    static func release(path: String) {
        guard let base = base(of: path) else { return }
        let header = UnsafeRawPointer(base)
        let tableOffset = Int(header.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
        let entrySize = Int(header.loadUnaligned(fromByteOffset: 54, as: UInt16.self))
        let count = Int(header.loadUnaligned(fromByteOffset: 56, as: UInt16.self))
        // The image was checked before it was loaded, and the linker has read the same table: elf(5).
        for index in 0..<count {
            let entry = header + tableOffset + index * entrySize
            guard entry.loadUnaligned(as: UInt32.self) == loadSegment else { continue }
            let flags = entry.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            guard flags & writableFlag == 0 else { continue }
            let start = Int(entry.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            let length = Int(entry.loadUnaligned(fromByteOffset: 40, as: UInt64.self))
            // madvise(2): MADV_DONTNEED of a private mapping drops what was written to it, and of these nothing was.
            madvise(UnsafeMutableRawPointer(mutating: header + start), length, MADV_DONTNEED)
        }
    }

    /// Where the beginning of a file is mapped, from /proc/self/maps (proc(5)): "START-END PERMS OFFSET DEVICE INODE PATH".
    private static func base(of path: String) -> UnsafeRawPointer? {
        guard let maps = fopen("/proc/self/maps", "re") else { return nil }
        defer { fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0 {
            guard let line else { return nil }
            let fields = String(cString: line).split(
                maxSplits: 5, omittingEmptySubsequences: true, whereSeparator: { $0 == " " || $0 == "\n" })
            // Relocations in the code itself (DT_TEXTREL) leave it writable at first, and it is left alone then.
            guard fields.count == 6, fields[2].allSatisfy({ $0 == "0" }), fields[1].hasPrefix("r--"),
                fields[5].hasPrefix(path), ["\n", " (deleted)\n"].contains(fields[5].dropFirst(path.count))
            else { continue }
            return fields[0].split(separator: "-").first.flatMap { UInt($0, radix: 16) }.flatMap {
                UnsafeRawPointer(bitPattern: $0)
            }
        }
        return nil
    }
}
