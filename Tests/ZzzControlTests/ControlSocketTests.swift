import Glibc
import Testing
@testable import ZzzControl

@Suite struct ControlSocketTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = try Scratch.directory()
        defer {
            unlink(directory + "/control.sock")
            rmdir(directory)
        }
        try body(directory + "/control.sock")
    }

    @Test func `has the permissions asked for`() throws {
        try withDirectory { path in
            let socket = try ControlSocket.listen(path: path, mode: 0o620, group: getegid())
            defer { close(socket) }
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o620)
            #expect(status.st_gid == getegid())
            #expect(fcntl(socket, F_GETFD) & FD_CLOEXEC != 0)
            #expect(fcntl(socket, F_GETFL) & O_NONBLOCK != 0)
        }
    }

    @Test func `replaces the socket of a daemon that is gone, not of one that runs`() throws {
        try withDirectory { path in
            let first = try ControlSocket.listen(path: path, mode: 0o600, group: nil)
            let taken = #expect(throws: ControlErrno.self) {
                try ControlSocket.listen(path: path, mode: 0o600, group: nil)
            }
            #expect(taken?.code == EADDRINUSE)
            close(first)
            let second = try ControlSocket.listen(path: path, mode: 0o600, group: nil)
            close(second)
        }
    }

    @Test func `leaves other files alone`() throws {
        try withDirectory { path in
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            let error = #expect(throws: ControlErrno.self) {
                try ControlSocket.listen(path: path, mode: 0o600, group: nil)
            }
            #expect(error?.code == EEXIST)
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test func `takes a path of 107 bytes and no longer one`() {
        #expect(UnixAddress(path: "/" + String(repeating: "a", count: 105)) != nil)
        #expect(UnixAddress(path: "/" + String(repeating: "a", count: 106)) != nil)
        #expect(UnixAddress(path: "/" + String(repeating: "a", count: 107)) == nil)
        #expect(UnixAddress(path: "") == nil)
        let error = #expect(throws: ControlErrno.self) {
            try ControlSocket.listen(path: "/" + String(repeating: "a", count: 107), mode: 0o600, group: nil)
        }
        #expect(error?.code == ENAMETOOLONG)
    }

    @Test func `finds groups by name and number`() {
        #expect(ControlSocket.groupID("root") == 0)
        #expect(ControlSocket.groupID("12") == 12)
        #expect(ControlSocket.groupID("no such group") == nil)
    }
}
