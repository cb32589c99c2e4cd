import Glibc

/// What kind of file system a directory is on, from /proc/self/mountinfo (proc(5)).
enum FileSystemType {
    /// Whether files there are held in memory for as long as they are mapped, and not only as long as they are read.
    static func isMemory(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, let text = mountInfo() else { return false }
        return ["tmpfs", "ramfs"].contains(name(ofDevice: UInt64(status.st_dev), in: text))
    }

    /// "ext4" for the device with that number; nil when no line names it.
    static func name(ofDevice device: UInt64, in mountInfo: String) -> String? {
        let number = "\(major(device)):\(minor(device))"
        for line in mountInfo.split(separator: "\n") {
            // "36 35 98:0 /root /mount options optional... - type source options"
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[2] == number, let dash = fields.dropFirst(6).firstIndex(of: "-")
            else { continue }
            return fields[(dash + 1)...].first.map(String.init)
        }
        return nil
    }

    // makedev(3), which is a macro.
    private static func major(_ device: UInt64) -> UInt64 { device >> 8 & 0xFFF | device >> 32 & ~0xFFF }
    private static func minor(_ device: UInt64) -> UInt64 { device & 0xFF | device >> 12 & ~0xFF }

    private static func mountInfo() -> String? {
        guard let file = try? Descriptor.open("/proc/self/mountinfo", O_RDONLY) else { return nil }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = retryingOnInterrupt { read(file.number, &piece, piece.count) }
            guard count > 0 else { break }
            bytes.append(contentsOf: piece[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
