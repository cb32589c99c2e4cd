import Synchronization

/// What zzz_host.extension finds: tables of functions by name and revision, "zzz.http/1".
///
/// Tables are added before the first app is loaded, and stay for the life of the process.
public enum ExtensionRegistry {
    private struct Entry: @unchecked Sendable {
        // @unchecked: a constant table, never freed.
        let table: UnsafeRawPointer
    }

    private static let entries = Mutex<[String: Entry]>([:])

    /// Adds a table, or puts another in the place of one with that name.
    public static func add(_ name: String, _ table: UnsafeRawPointer) {
        let entry = Entry(table: table)
        entries.withLock { $0[name] = entry }
    }

    /// Any thread.
    static func find(_ name: String) -> UnsafeRawPointer? {
        entries.withLock { $0[name] }?.table
    }
}
