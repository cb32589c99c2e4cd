import Glibc
import Testing
import ZzzControl

@Suite struct PeerCredentialsTests {
    @Test func `asks the kernel`() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let peer = try PeerCredentials.ofPeer(socket: ends[0])
        #expect(peer.pid == getpid())
        #expect(peer.uid == geteuid())
        #expect(peer.gid == getegid())
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = getgroups(Int32(groups.count), &groups)
        #expect(Set(peer.groups) == Set(groups.prefix(Int(max(0, count)))))
    }

    @Test func `another kind of socket has no peer`() {
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        #expect(throws: ControlErrno(operation: "getsockopt(SO_PEERCRED)", code: ENOTSOCK)) {
            try PeerCredentials.ofPeer(socket: file)
        }
    }
}
