import Glibc
import ZzzJSON

/// Which files a throwaway process has found to be sound, so that a server process that follows another one need not
/// wait for the same answer again.
///
/// STATE/probed/NAME holds one line: the identities of the app's file and of this program, and a hash of what the app
/// is configured with. Whatever differs makes the record count for nothing.
struct ProbeRecords: Sendable {
    /// Empty: nothing is remembered.
    let directory: String

    /// What a record says. nil when something cannot be identified.
    static func line(source: FileIdentity, _ request: ProbeRequest) -> String? {
        var request = request
        // They differ each time.
        request.image = ""
        request.generation = 0
        // `try?`: settings that are no JSON are refused by the probe itself.
        guard let program = FileIdentity(path: "/proc/self/exe"),
            let identities = try? JSONBytesEncoder().encode([source, program]),
            let settings = try? JSONBytesEncoder().encode(request)
        else { return nil }
        // FNV-1a: the settings may hold secrets, which have no place in another file.
        let hash = settings.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(decoding: identities, as: UTF8.self) + " " + String(hash, radix: 16)
    }

    func has(_ app: String, _ line: String) -> Bool {
        guard !directory.isEmpty, let file = try? Descriptor.open(path(app), O_RDONLY) else { return false }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = retryingOnInterrupt { read(file.number, &bytes, bytes.count) }
        return count > 0 && bytes[..<count].elementsEqual(line.utf8)
    }

    /// A record that cannot be written costs time at the next start, and nothing else.
    func remember(_ app: String, _ line: String) {
        guard !directory.isEmpty, ImageStore.makeDirectory(directory, mode: 0o750) == nil else { return }
        // Another process may be writing the same one.
        let temporary = "\(path(app)).\(getpid())"
        guard let file = try? Descriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o640) else { return }
        let bytes = Array(line.utf8)
        let count = retryingOnInterrupt { write(file.number, bytes, bytes.count) }
        if count != bytes.count || rename(temporary, path(app)) != 0 { unlink(temporary) }
    }

    func forget(_ app: String) {
        if !directory.isEmpty { unlink(path(app)) }
    }

    private func path(_ app: String) -> String { "\(directory)/\(app)" }
}
