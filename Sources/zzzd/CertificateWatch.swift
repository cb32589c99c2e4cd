import Glibc
import ZzzConfig

/// Notices that the listeners' certificates were renewed: whoever looks now and then is told once when the files are
/// others than those that were read. That they are the same as at the look before comes first, since a certificate and
/// its key are not replaced in one step.
///
/// It goes by stat(2), which follows links: certbot replaces a link, and inotify(7) would watch what it pointed to.
struct CertificateWatch {
    /// What the files are at one moment; nil for one that is not there.
    struct Snapshot: Equatable, Sendable {
        fileprivate struct Stamp: Equatable {
            var device: dev_t
            var inode: ino_t
            var size: off_t
            var seconds: time_t
            var nanoseconds: Int

            init?(path: String) {
                var status = stat()
                guard stat(path, &status) == 0 else { return nil }
                (device, inode, size) = (status.st_dev, status.st_ino, status.st_size)
                (seconds, nanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
            }
        }

        private let stamps: [String: Stamp?]

        init(_ listen: [ListenSettings]) {
            let files = listen.compactMap(\.tls).flatMap { tls in
                tls.allCertificates.flatMap { [$0.certificate, $0.key] } + [tls.clientCA].compactMap(\.self)
            }
            stamps = Dictionary(files.map { ($0, Stamp(path: $0)) }) { first, _ in first }
        }

        fileprivate var isWhole: Bool { stamps.values.allSatisfy { $0 != nil } }
    }

    private var read: Snapshot?
    private var last: Snapshot?

    /// These files were read, just after the snapshot.
    mutating func noteRead(_ snapshot: Snapshot) { read = snapshot }

    /// Whether the files should be read.
    mutating func look(_ snapshot: Snapshot) -> Bool {
        defer { last = snapshot }
        guard snapshot != read, snapshot == last, snapshot.isWhole else { return false }
        read = snapshot
        return true
    }
}
