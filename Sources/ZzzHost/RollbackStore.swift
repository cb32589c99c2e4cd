import Glibc
import ZzzJSON

/// The code of apps that were rolled back, so that a restart of the daemon does not bring back what somebody went back
/// from.
///
/// STATE/rollback/NAME.so is the code that runs instead of the file in the apps directory, and NAME.json says which
/// file that was. Once the file is another one, or somebody reloads it, it counts again.
struct RollbackStore: Sendable {
    /// Empty: nothing is remembered.
    let directory: String

    /// From now on `code` is loaded instead of the file that is as `passedOver` says.
    ///
    /// - Throws: `AppError` when that cannot be written down.
    func remember(_ app: String, code: String, insteadOf passedOver: FileIdentity) throws(AppError) {
        guard !directory.isEmpty else { return }
        forget(app)
        if let error = ImageStore.makeDirectory(directory, mode: 0o750) { throw Self.refusal(error) }
        try AppFile(path: code).copy(to: codePath(app))
        do throws(SystemError) {
            try write(passedOver, to: notePath(app))
        } catch {
            throw Self.refusal(error)
        }
    }

    func forget(_ app: String) {
        guard !directory.isEmpty else { return }
        // The note first: without it the code means nothing.
        unlink(notePath(app))
        unlink(codePath(app))
    }

    /// The code to load instead of the file that is as `identity` says; nil for that file itself.
    func code(_ app: String, insteadOf identity: FileIdentity) -> String? {
        guard !directory.isEmpty, let note = note(app), note.isSameFileAcrossReboot(identity),
            access(codePath(app), R_OK) == 0
        else { return nil }
        return codePath(app)
    }

    private func codePath(_ app: String) -> String { "\(directory)/\(app).so" }
    private func notePath(_ app: String) -> String { "\(directory)/\(app).json" }

    private func note(_ app: String) -> FileIdentity? {
        guard let file = try? Descriptor.open(notePath(app), O_RDONLY) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = retryingOnInterrupt { read(file.number, &bytes, bytes.count) }
        guard count > 0 else { return nil }
        // `try?`: a note that cannot be read is none, and the file in the apps directory counts.
        return try? JSONBytesDecoder().decode(FileIdentity.self, from: Array(bytes[..<count]))
    }

    private func write(_ note: FileIdentity, to path: String) throws(SystemError) {
        let temporary = path + ".new"
        let bytes: [UInt8]
        do {
            bytes = try JSONBytesEncoder().encode(note)
        } catch {
            preconditionFailure("integers that are no JSON: \(error)")
        }
        let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o640)
        let count = retryingOnInterrupt { Glibc.write(file.number, bytes, bytes.count) }
        guard count == bytes.count, fsync(file.number) == 0 else { throw SystemError("write", temporary) }
        guard rename(temporary, path) == 0 else { throw SystemError("rename", path) }
    }

    private static func refusal(_ error: SystemError) -> AppError {
        AppError(
            .environment, reason: "the rollback holds only until the daemon restarts: \(error)",
            remedy: "let the daemon write to paths.state")
    }
}
