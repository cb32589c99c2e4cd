import Glibc
import ZzzAppABI

/// Room for the error that one of an app's callbacks may report.
struct ErrorReport: ~Copyable {
    /// Zeroed but for `size`.
    let pointer: UnsafeMutablePointer<zzz_error>

    init() {
        pointer = .allocate(capacity: 1)
        UnsafeMutableRawPointer(pointer).initializeMemory(
            as: UInt8.self, repeating: 0, count: MemoryLayout<zzz_error>.size)
        pointer.pointee.size = UInt32(MemoryLayout<zzz_error>.size)
    }

    deinit {
        pointer.deallocate()
    }

    /// What the app wrote; empty when it wrote nothing.
    var message: String {
        withUnsafeBytes(of: &pointer.pointee.message) { bytes in
            OneLine.of(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }
}
