import Glibc
import ZzzAppABI

/// What an app's zzz_app_entry returned, checked and copied, but for its functions.
struct AppDescriptor: @unchecked Sendable {
    // @unchecked: the functions belong to an image that is never unmapped; Generation says on which thread each is
    // called.

    typealias Create =
        @convention(c) (
            UnsafePointer<zzz_host>?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
            UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status
    typealias Step = @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<zzz_error>?) -> zzz_status
    typealias Farewell = @convention(c) (UnsafeMutableRawPointer?) -> Void

    /// The longest name, version or runtime, in bytes.
    static let maximumTextByteCount = 128

    let name: String
    let version: String
    let runtime: String
    let abiMinor: UInt16
    let create: Create
    let enroll: Step
    let start: Step?
    let quiesce: Farewell?
    let stop: Farewell?

    /// "1.0"
    static var hostABI: String { "\(ZZZ_ABI_MAJOR).\(ZZZ_ABI_MINOR)" }

    /// "1.0", of the headers that the app was built with.
    var abi: String { "\(ZZZ_ABI_MAJOR).\(abiMinor)" }

    /// - Throws: `AppError` without app and file.
    init(_ pointer: UnsafePointer<zzz_app_descriptor>?) throws(AppError) {
        guard let pointer else {
            throw AppError(
                reason: "zzz_app_entry returned NULL", remedy: "return the address of a static zzz_app_descriptor")
        }
        try Self.checkVersion(pointer)
        // One field at a time: a descriptor may be shorter than the host's.
        let size = Int(pointer.pointee.size)
        guard size >= ABIField.end(\zzz_app_descriptor.enroll) else {
            throw AppError(
                reason: "its descriptor has \(size) bytes, too few to reach enroll",
                remedy: "set size to sizeof(zzz_app_descriptor)")
        }
        name = try Self.text(pointer.pointee.name, "name")
        version = try Self.text(pointer.pointee.version, "version")
        runtime = try Self.text(pointer.pointee.runtime, "runtime")
        guard !name.isEmpty else {
            throw AppError(reason: "its descriptor has an empty name", remedy: "set name in the descriptor")
        }
        guard let create = pointer.pointee.create else {
            throw AppError(reason: "its descriptor has no create", remedy: "set create in the descriptor")
        }
        guard let enroll = pointer.pointee.enroll else {
            throw AppError(reason: "its descriptor has no enroll", remedy: "set enroll in the descriptor")
        }
        abiMinor = pointer.pointee.abi_minor
        self.create = create
        self.enroll = enroll
        start = size >= ABIField.end(\zzz_app_descriptor.start) ? pointer.pointee.start : nil
        quiesce = size >= ABIField.end(\zzz_app_descriptor.quiesce) ? pointer.pointee.quiesce : nil
        stop = size >= ABIField.end(\zzz_app_descriptor.stop) ? pointer.pointee.stop : nil
    }

    private static func checkVersion(_ pointer: UnsafePointer<zzz_app_descriptor>) throws(AppError) {
        guard Int(bitPattern: pointer) % MemoryLayout<zzz_app_descriptor>.alignment == 0 else {
            throw AppError(
                reason: "zzz_app_entry returned an address that is not aligned",
                remedy: "return the address of a static zzz_app_descriptor")
        }
        let (magic, expected) = (pointer.pointee.magic, ABIWord.magic)
        guard magic == expected else {
            throw AppError(
                reason: "its descriptor's magic is 0x\(String(magic, radix: 16)), not 0x\(String(expected, radix: 16))",
                remedy: "set magic to ZZZ_ABI_MAGIC and build with this daemon's headers")
        }
        guard pointer.pointee.size >= ABIField.end(\zzz_app_descriptor.abi_minor) else {
            throw AppError(
                reason: "its descriptor has \(pointer.pointee.size) bytes, too few to reach abi_minor",
                remedy: "set size to sizeof(zzz_app_descriptor)")
        }
        let (major, minor) = (pointer.pointee.abi_major, pointer.pointee.abi_minor)
        guard Int(major) == Int(ZZZ_ABI_MAJOR) else {
            throw AppError(
                reason: "built for ABI \(major).\(minor), this daemon has \(hostABI)",
                remedy: "build the app with the SDK of this daemon")
        }
        guard Int(minor) <= Int(ZZZ_ABI_MINOR) else {
            throw AppError(
                reason: "built for ABI \(major).\(minor), which is newer than this daemon's \(hostABI)",
                remedy: "upgrade the daemon, or build the app with the SDK of this daemon")
        }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?, _ field: String) throws(AppError) -> String {
        guard let pointer else {
            throw AppError(
                reason: "its descriptor's \(field) is NULL", remedy: "set \(field) in the descriptor, \"\" at least")
        }
        let length = strnlen(pointer, maximumTextByteCount + 1)
        guard length <= maximumTextByteCount else {
            throw AppError(
                reason: "its descriptor's \(field) has more than \(maximumTextByteCount) bytes",
                remedy: "shorten it, and end it with a zero byte")
        }
        let bytes = UnsafeRawBufferPointer(start: pointer, count: length)
        guard let text = String(validating: bytes, as: UTF8.self), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw AppError(
                reason: "its descriptor's \(field) is not plain UTF-8 text",
                remedy: "use text without control characters")
        }
        return text
    }
}
