import Glibc

/// The memory of an image that will hardly run again.
///
/// An image stays mapped for good, and the pages of its code that were touched would stay resident with it: half a
/// megabyte for a small Swift app. What the image has never written to can be read from its file again at any time, so
/// the kernel may have those pages back. What is left is what the image has written to.
public enum ImagePages {
    /// One program header of an image in memory (elf(5)).
    private struct Segment {
        let type: UInt32
        let flags: UInt32
        let memory: UnsafeMutableRawBufferPointer

        init(_ entry: UnsafeRawPointer, base: UnsafeMutableRawPointer) {
            type = entry.loadUnaligned(as: UInt32.self)
            flags = entry.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            memory = UnsafeMutableRawBufferPointer(
                start: base + Int(entry.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                count: Int(entry.loadUnaligned(fromByteOffset: 40, as: UInt64.self)))
        }
    }

    // PT_LOAD, PT_DYNAMIC, PF_W, DT_NULL, DT_TEXTREL, DT_FLAGS and DF_TEXTREL of elf(5).
    private static let load: UInt32 = 1
    private static let dynamic: UInt32 = 2
    private static let writable: UInt32 = 2
    private static let (end, textRelocations, flags): (UInt64, UInt64, UInt64) = (0, 22, 30)
    private static let hasTextRelocations: UInt64 = 4

    /// Gives back the pages of every image of this process. After a start that is a third of what is resident: code
    /// that only reads a configuration and loads apps.
    public static func releaseAll() {
        var seen: Set<String> = []
        for mapping in mappings() where mapping.path.hasPrefix("/") && seen.insert(mapping.path).inserted {
            release(imageAt: mapping.start)
        }
    }

    /// Gives back the pages of the image that was loaded from `path`. Code that runs in it all the same is none the
    /// worse for it: its pages are read again.
    static func release(path: String) {
        if let base = mappings().first(where: { $0.path == path })?.start { release(imageAt: base) }
    }

    private static func release(imageAt base: UnsafeMutableRawPointer) {
        // Other files are mapped as well: only an ELF file has what follows.
        guard base.loadUnaligned(as: UInt32.self).bigEndian == 0x7F45_4C46 else { return }
        // The file was checked before it was loaded, and the dynamic linker has read the same table.
        let table = base + Int(base.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
        let entrySize = Int(base.loadUnaligned(fromByteOffset: 54, as: UInt16.self))
        let count = Int(base.loadUnaligned(fromByteOffset: 56, as: UInt16.self))
        let segments = (0..<count).map { Segment(UnsafeRawPointer(table + $0 * entrySize), base: base) }
        guard !segments.contains(where: { $0.type == dynamic && relocatesText($0.memory) }) else { return }
        let pageMask = Int(getpagesize()) - 1
        for segment in segments where segment.type == load && segment.flags & writable == 0 {
            guard let start = segment.memory.baseAddress else { continue }
            let lead = Int(bitPattern: start) & pageMask
            // MADV_DONTNEED drops what was written to a private mapping, and to these nothing was (madvise(2)).
            madvise(start - lead, segment.memory.count + lead, MADV_DONTNEED)
        }
    }

    /// Whether the dynamic linker has written to the image's code.
    private static func relocatesText(_ section: UnsafeMutableRawBufferPointer) -> Bool {
        for offset in stride(from: 0, to: section.count - 15, by: 16) {
            let tag = section.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let value = section.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
            if tag == end { return false }
            if tag == textRelocations || tag == flags && value & hasTextRelocations != 0 { return true }
        }
        return false
    }

    /// Where the beginnings of files are mapped and readable, from /proc/self/maps (proc(5)): "START-END PERMS OFFSET
    /// DEVICE INODE PATH".
    private static func mappings() -> [(path: String, start: UnsafeMutableRawPointer)] {
        guard let maps = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(maps) }
        var found: [(path: String, start: UnsafeMutableRawPointer)] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0 {
            guard let line else { break }
            let text = String(cString: line)
            let fields = text.split(maxSplits: 5, omittingEmptySubsequences: true) { $0 == " " || $0 == "\n" }
            guard fields.count == 6, fields[1].hasPrefix("r"), fields[2].allSatisfy({ $0 == "0" }) else { continue }
            guard let address = fields[0].split(separator: "-").first.flatMap({ UInt($0, radix: 16) }),
                let start = UnsafeMutableRawPointer(bitPattern: address)
            else { continue }
            // What is left after the inode: blanks up to the path, and the line's end.
            var path = fields[5].drop { $0 == " " }.prefix { $0 != "\n" }
            if path.hasSuffix(" (deleted)") { path = path.dropLast(" (deleted)".count) }
            found.append((String(path), start))
        }
        return found
    }
}
