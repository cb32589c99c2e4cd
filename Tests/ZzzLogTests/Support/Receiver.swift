import Glibc

/// The other end of what the log or systemd's protocol writes to: a pipe, or a datagram socket.
final class Receiver {
    /// Where the tested code writes: a pipe's write end; -1 for a datagram socket.
    let writeEnd: Int32
    /// A datagram socket's path; empty for a pipe. An abstract one begins with "@".
    let path: String
    private let readEnd: Int32
    private let directory: String

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    /// A pipe.
    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(call: "pipe", code: errno) }
        readEnd = ends[0]
        writeEnd = ends[1]
        path = ""
        directory = ""
    }

    /// A datagram socket, in a directory of its own or abstract.
    init(isAbstract: Bool) throws {
        var template = Array("/tmp/zzz-log-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(call: "mkdtemp", code: errno) }
        directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        path = (isAbstract ? "@" : "") + directory + "/socket"
        readEnd = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        writeEnd = -1
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = isAbstract ? [0] + path.utf8.dropFirst() : Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(readEnd, $0, length) }
        }
        guard result == 0 else { throw Failure(call: "bind", code: errno) }
    }

    /// The next bytes or the next datagram; an empty text when none come within 20 s.
    func next() -> String {
        var entry = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 20_000) == 1 else { return "" }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(readEnd, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// Reads until there are that many lines; fewer when no more come within 20 s.
    func lines(_ count: Int) -> [String] {
        var text = ""
        while text.count(where: { $0 == "\n" }) < count {
            let more = next()
            if more.isEmpty { break }
            text += more
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Fills the pipe, so that the next write to it blocks; returns how many bytes went in.
    func fill() -> Int {
        let flags = fcntl(writeEnd, F_GETFL)
        _ = fcntl(writeEnd, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(writeEnd, F_SETFL, flags) }
        let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: 4096)
        var total = 0
        while true {
            let count = write(writeEnd, bytes, bytes.count)
            if count <= 0 { return total }
            total += count
        }
    }

    /// Takes exactly that many bytes out of the pipe.
    func discard(_ count: Int) {
        var left = count
        var bytes = [UInt8](repeating: 0, count: 65536)
        while left > 0 {
            let taken = read(readEnd, &bytes, min(left, bytes.count))
            guard taken > 0 else { return }
            left -= taken
        }
    }

    deinit {
        close(readEnd)
        if writeEnd >= 0 { close(writeEnd) }
        if !directory.isEmpty {
            unlink(directory + "/socket")
            rmdir(directory)
        }
    }
}
