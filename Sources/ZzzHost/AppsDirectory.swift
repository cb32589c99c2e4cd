import CLinux
import Glibc

/// Watches the apps directory (inotify(7)).
///
/// The owner polls `descriptor` and calls `readChanges` when it is readable. Belongs to one thread.
public final class AppsDirectory {
    /// What happened to a file, by its name in the directory.
    public enum Change: Sendable, Equatable {
        case appeared(String)
        case replaced(String)
        case removed(String)
        /// The kernel lost events, or the directory itself went: look at everything.
        case rescan
    }

    public let path: String
    /// Readable when something happened. Non-blocking; closed with this object.
    public var descriptor: Int32 { inotify.number }
    private let inotify: Descriptor
    private var known: Set<String>
    private var isWatching = false

    /// Makes the directory when it is missing.
    ///
    /// - Throws: `AppError` when it cannot be made or watched.
    public init(path: String) throws(AppError) {
        self.path = path
        if let error = ImageStore.makeDirectory(path) { throw Self.refusal(path, error) }
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard number >= 0 else { throw Self.refusal(path, SystemError("inotify_init1", path)) }
        inotify = Descriptor(owning: number)
        known = []
        if let error = watch() { throw Self.refusal(path, error) }
        known = Set((Directory.names(in: path) ?? []).filter(Self.isAppFile))
    }

    /// Whether a file of that name is meant to be an app: not hidden, not temporary, and a shared library by its name.
    public static func isAppFile(_ name: String) -> Bool {
        name.hasSuffix(".so") && name.utf8.count > 3 && !name.hasPrefix(".") && !name.hasPrefix("#")
            && !name.hasPrefix("~")
    }

    /// What has happened since the last call, one change for each file. Never waits.
    public func readChanges() -> [Change] {
        var batch = InotifyBatch()
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            while true {
                let count = retryingOnInterrupt { read(inotify.number, buffer.baseAddress, buffer.count) }
                guard count > 0 else { return }
                batch.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]), isWorthReading: isComplete)
            }
        }
        if batch.isDirectoryGone {
            isWatching = false
            known = []
            return [.rescan]
        }
        if batch.isIncomplete {
            known = Set((Directory.names(in: path) ?? []).filter(Self.isAppFile))
            return [.rescan]
        }
        return batch.files.filter(Self.isAppFile).compactMap(change)
    }

    /// Watches again after the directory was removed or moved away, making it if need be. False when that does not work
    /// yet.
    public func rewatch() -> Bool {
        guard !isWatching else { return true }
        guard ImageStore.makeDirectory(path) == nil, watch() == nil else { return false }
        known = Set((Directory.names(in: path) ?? []).filter(Self.isAppFile))
        return true
    }

    /// Compares what is there with what was there, so that it does not matter how many events led to it.
    private func change(_ name: String) -> Change? {
        var status = stat()
        // lstat: also a link that leads nowhere is a file that the administrator has put there.
        guard lstat(path + "/" + name, &status) == 0 else {
            return known.remove(name) == nil ? nil : .removed(name)
        }
        return known.insert(name).inserted ? .appeared(name) : .replaced(name)
    }

    /// A file that was just created is complete when it is a link: nothing will be written through the new name.
    /// Everything else is when it is closed.
    private func isComplete(_ name: String) -> Bool {
        var status = stat()
        guard lstat(path + "/" + name, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || status.st_nlink > 1
    }

    private func watch() -> SystemError? {
        let events = InotifyBatch.watchedEvents | UInt32(IN_ONLYDIR)
        guard inotify_add_watch(inotify.number, path, events) >= 0 else {
            return SystemError("inotify_add_watch", path)
        }
        isWatching = true
        return nil
    }

    private static func refusal(_ path: String, _ error: SystemError) -> AppError {
        AppError(
            .environment, file: path, reason: "cannot be watched: \(error)",
            remedy: "make the directory and let the daemon's user read it, or set apps.watch = false")
    }
}

/// The events of one reading of an inotify descriptor, by file.
struct InotifyBatch {
    static let watchedEvents = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF)

    /// In the order of each file's first event.
    private(set) var files: [String] = []
    /// Events were lost (IN_Q_OVERFLOW).
    private(set) var isIncomplete = false
    /// The watch has ended: the directory was removed or moved.
    private(set) var isDirectoryGone = false

    /// Adds what one read(2) returned: a sequence of struct inotify_event, each followed by its name.
    ///
    /// - Parameter isWorthReading: asked about files that were created and not written yet.
    mutating func add(_ bytes: UnsafeRawBufferPointer, isWorthReading: (String) -> Bool) {
        let headerByteCount = MemoryLayout<inotify_event>.size
        var offset = 0
        while offset + headerByteCount <= bytes.count {
            let mask = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            let end = min(offset + headerByteCount + length, bytes.count)
            let name = bytes[(offset + headerByteCount)..<end].prefix { $0 != 0 }
            add(mask, String(decoding: name, as: UTF8.self), isWorthReading)
            offset = end
        }
    }

    private mutating func add(_ mask: UInt32, _ name: String, _ isWorthReading: (String) -> Bool) {
        if mask & UInt32(IN_Q_OVERFLOW) != 0 { isIncomplete = true }
        if mask & UInt32(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) != 0 { isDirectoryGone = true }
        guard !name.isEmpty, mask & UInt32(IN_ISDIR) == 0 else { return }
        if mask & UInt32(IN_CREATE) != 0, !isWorthReading(name) { return }
        if !files.contains(name) { files.append(name) }
    }
}
