import CLinux
import Glibc

/// What the kernel and the allocator say of this process. What they do not say is nil.
struct ProcessFigures {
    /// Pages that are in memory, shared or not.
    var residentBytes: Int?
    /// The same with each shared page divided by those who share it.
    var proportionalBytes: Int?
    var virtualBytes: Int?
    /// Processor time of all threads, in user mode and in the kernel.
    var cpuSeconds = 0.0
    var openDescriptors: Int?
    var descriptorLimit: UInt64?
    var threads: Int?

    init() {
        let pages = Self.text("/proc/self/statm").split(separator: " ").compactMap { Int($0) }
        if pages.count > 1 {
            virtualBytes = pages[0] * Int(getpagesize())
            residentBytes = pages[1] * Int(getpagesize())
        }
        proportionalBytes = Self.field("Pss:", in: Self.text("/proc/self/smaps_rollup")).map { $0 * 1024 }
        threads = Self.field("Threads:", in: Self.text("/proc/self/status"))
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            for time in [usage.ru_utime, usage.ru_stime] {
                cpuSeconds += Double(time.tv_sec) + Double(time.tv_usec) / 1e6
            }
        }
        openDescriptors = Self.countOpenDescriptors()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            descriptorLimit = UInt64(limit.rlim_cur)
        }
    }

    /// A whole file of /proc, "" when it cannot be read.
    private static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }

    /// The number behind a name at the beginning of a line.
    private static func field(_ name: String, in text: String) -> Int? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }

    private static func countOpenDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        return count - 1  // without the one that lists them
    }
}
