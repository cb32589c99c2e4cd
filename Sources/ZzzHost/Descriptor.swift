import Glibc

/// A file descriptor that is closed with its last use.
struct Descriptor: ~Copyable {
    let number: Int32

    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// open(2) with O_CLOEXEC.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemError) -> Descriptor {
        let number = retryingOnInterrupt { Glibc.open(path, flags | O_CLOEXEC, mode) }
        guard number >= 0 else { throw SystemError("open", path) }
        return Descriptor(owning: number)
    }

    /// memfd_create(2): a file without a name that holds `bytes`, to be read from its beginning.
    static func memoryFile(holding bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let number = memfd_create("zzz-probe", UInt32(MFD_CLOEXEC))
        guard number >= 0 else { throw SystemError("memfd_create", "a probe") }
        let file = Descriptor(owning: number)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                retryingOnInterrupt { pwrite(number, bytes.baseAddress! + written, bytes.count - written, off_t(written)) }
            }
            guard count > 0 else { throw SystemError("write", "a memory file") }
            written += count
        }
        return file
    }

    /// pipe2(2) with O_CLOEXEC: what is written to the second comes out of the first.
    static func pipe() throws(SystemError) -> PipeEnds {
        var ends: (Int32, Int32) = (-1, -1)
        let status = withUnsafeMutableBytes(of: &ends) { bytes in
            Glibc.pipe2(bytes.assumingMemoryBound(to: Int32.self).baseAddress, O_CLOEXEC)
        }
        guard status == 0 else { throw SystemError("pipe2", "a probe") }
        return PipeEnds(reader: Descriptor(owning: ends.0), writer: Descriptor(owning: ends.1))
    }
}

/// The two ends of a pipe, taken apart by the owner.
struct PipeEnds: ~Copyable {
    let reader: Descriptor
    let writer: Descriptor
}
