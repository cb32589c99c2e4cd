import CFiles
import Glibc

/// A directory whose files can be opened, and nothing outside of it.
///
/// The kernel resolves the whole path below the directory (openat2(2), RESOLVE_BENEATH): no segment, link or race leads
/// out. The directory itself is looked up by its name each time, so that one that is replaced, as deployments do with a
/// link to the current release, is found.
struct FileDirectory: Sendable {
    let path: String
    /// Whether links are followed, those that stay inside.
    let followsLinks: Bool

    enum Found {
        case file(OpenFile)
        case directory
    }

    /// Opens what is at `path`; nil when nothing is there that can be read: an error in the name, a link that is not
    /// followed, a device, no permission.
    func open(_ path: FilePath) throws(SystemError) -> Found? {
        let directory = Glibc.open(self.path, Int32(ZZZ_FILES_O_PATH) | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw SystemError("open", self.path) }
        defer { close(directory) }
        let name = path.bytes.isEmpty ? "." : path.text
        // O_NONBLOCK: opening a FIFO does not wait for who writes to it.
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
        let descriptor = zzz_files_open_beneath(directory, name, flags, followsLinks ? 1 : 0)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR, ELOOP, EXDEV, EACCES, EPERM, ENAMETOOLONG, ENXIO, EINVAL, EAGAIN: return nil
            default: throw SystemError("openat2", name)
            }
        }
        var status = stat()
        let isRead = fstat(descriptor, &status) == 0
        let kind = status.st_mode & S_IFMT
        if isRead, kind == S_IFREG { return .file(OpenFile(descriptor, FileMetadata(status))) }
        close(descriptor)
        return isRead && kind == S_IFDIR ? .directory : nil
    }

    /// Why nothing can be served out of it, or nil.
    var problem: String? {
        let directory = Glibc.open(path, Int32(ZZZ_FILES_O_PATH) | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return "\(SystemError("open", path))" }
        defer { close(directory) }
        let descriptor = zzz_files_open_beneath(directory, ".", Int32(ZZZ_FILES_O_PATH), 0)
        guard descriptor >= 0 else { return "\(SystemError("openat2 (Linux 5.6 has it)", path))" }
        close(descriptor)
        return nil
    }
}
