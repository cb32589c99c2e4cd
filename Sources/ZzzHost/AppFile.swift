import Glibc

/// An app's file, open and checked. What was checked is what is copied, whatever happens to the path meanwhile.
struct AppFile: ~Copyable {
    let path: String
    let identity: FileIdentity
    let byteCount: Int
    private let descriptor: Descriptor

    /// - Throws: `AppError` without an app's name, when the file cannot be an app.
    init(path: String) throws(AppError) {
        let descriptor = try Self.open(path)
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { throw Self.refusal(SystemError("fstat", path)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw AppError(file: path, reason: "not a regular file", remedy: "put the app's .so file there")
        }
        guard status.st_size > 0 else {
            throw AppError(file: path, reason: "file is empty", remedy: "copy it beside and rename it in")
        }
        try Self.check(descriptor.number, path, byteCount: UInt64(status.st_size))
        self.path = path
        self.descriptor = descriptor
        identity = FileIdentity(status)
        byteCount = Int(status.st_size)
    }

    private static func open(_ path: String) throws(AppError) -> Descriptor {
        do throws(SystemError) {
            // O_NONBLOCK: a FIFO in the apps directory must not stop the deploy thread.
            return try Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw refusal(error)
        }
    }

    private static func check(_ number: Int32, _ path: String, byteCount: UInt64) throws(AppError) {
        do throws(ELFImage.FaultOrFailure) {
            _ = try ELFImage(byteCount: byteCount) { (offset, count) throws(ELFImage.FaultOrFailure) in
                do throws(SystemError) {
                    return try read(number, path, offset: offset, count: count)
                } catch {
                    throw .failure(error)
                }
            }
        } catch {
            switch error {
            case .failure(let failure): throw refusal(failure)
            case .fault(let fault):
                let (reason, remedy) = fault.explanation
                throw AppError(file: path, reason: reason, remedy: remedy)
            }
        }
    }

    /// Writes the bytes that were checked to a new file at `destination`, which appears whole or not at all.
    func copy(to destination: String) throws(AppError) {
        let temporary = destination + ".new"
        do throws(SystemError) {
            unlink(temporary)
            let target = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o500)
            try copyBytes(to: target.number, temporary)
            guard rename(temporary, destination) == 0 else { throw SystemError("rename", destination) }
        } catch {
            unlink(temporary)
            throw AppError(
                .environment, file: path, reason: "cannot be copied: \(error)",
                remedy: "make room and see to it that the daemon may write there")
        }
        var status = stat()
        guard fstat(descriptor.number, &status) == 0, FileIdentity(status) == identity else {
            unlink(destination)
            throw AppError(
                file: path, reason: "file was written to while it was copied", remedy: "copy it beside and rename it in"
            )
        }
    }

    private func copyBytes(to target: Int32, _ name: String) throws(SystemError) {
        var offset: UInt64 = 0
        while offset < UInt64(byteCount) {
            let piece = try Self.read(descriptor.number, path, offset: offset, count: 256 << 10)
            guard !piece.isEmpty else { return }
            var written = 0
            while written < piece.count {
                let count = piece.withUnsafeBytes { bytes in
                    retryingOnInterrupt { write(target, bytes.baseAddress! + written, bytes.count - written) }
                }
                guard count >= 0 else { throw SystemError("write", name) }
                written += count
            }
            offset += UInt64(piece.count)
        }
    }

    /// pread(2) until `count` bytes are there or the file ends.
    private static func read(
        _ descriptor: Int32, _ path: String, offset: UInt64, count: Int
    ) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = retryingOnInterrupt {
                    pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
                }
                guard got >= 0 else {
                    failure = SystemError("read", path)
                    return
                }
                guard got > 0 else { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func refusal(_ error: SystemError) -> AppError {
        switch error.code {
        case ENOENT, ENOTDIR:
            AppError(file: error.subject, reason: "no such file", remedy: "check the path")
        case EACCES, EPERM:
            AppError(
                file: error.subject, reason: "cannot be read (\(error.text))",
                remedy: "let the daemon's user read the file and search its directories")
        case ELOOP:
            AppError(file: error.subject, reason: "a symbolic link that leads nowhere", remedy: "point it at the file")
        default:
            AppError(file: error.subject, reason: "cannot be read (\(error))", remedy: "check the file system")
        }
    }
}
