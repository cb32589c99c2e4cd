import Glibc
import Zzz

/// The pictures that came with entries: files in a directory of the app's own, under names that nobody can guess.
struct PictureShelf: Sendable {
    let directory: String

    /// Called when the app starts: before that it may only read.
    func make() throws { try Files.makeDirectory(directory) }

    /// Keeps a picture. Waits for the disk: not on a loop.
    /// - Returns: the name under which it is kept.
    func keep(_ upload: Upload, _ type: PictureType) throws -> String {
        let digits = Crypto.process.random(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let name = digits.joined() + "." + type.rawValue
        try upload.move(to: "\(directory)/\(name)")
        return name
    }

    /// Where a picture is; nil for a name that was not given here, whatever leads out of the directory among it.
    func path(_ name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, PictureType(rawValue: String(parts[1])) != nil, parts[0].utf8.count == 32,
            parts[0].utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
        else { return nil }
        return "\(directory)/\(name)"
    }

    /// Removes the pictures of entries that are gone.
    func remove(_ entries: [Entry]) {
        for path in entries.compactMap({ $0.picture.flatMap(path) }) { Files.remove(path) }
    }
}

extension Upload {
    /// What kind of picture it is, by its first bytes; nil for anything else.
    var pictureType: PictureType? {
        get throws {
            try withDescriptor { file in
                var start = [UInt8](repeating: 0, count: 12)
                let count = pread(file, &start, start.count, 0)
                return PictureType(of: start.prefix(max(0, count)))
            }
        }
    }
}
