import Glibc

/// Who is at the other end of a unix socket, as the kernel knows it: nothing a peer says about itself.
public struct PeerCredentials: Sendable, Equatable {
    /// The process that connected, or 0 when it is in a PID namespace that is not visible from here.
    public var pid: Int32
    /// The effective user that connected.
    public var uid: UInt32
    /// The effective group that connected.
    public var gid: UInt32
    /// The supplementary groups of the process that connected.
    public var groups: [UInt32]

    public init(pid: Int32, uid: UInt32, gid: UInt32, groups: [UInt32] = []) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }

    /// Asks the kernel for the peer of a connected unix socket (SO_PEERCRED, unix(7)); throws the `errno` value.
    public static func ofPeer(socket: Int32) throws(ControlErrno) -> PeerCredentials {
        // struct ucred: pid_t, uid_t, gid_t.
        var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else {
            throw ControlErrno(operation: "getsockopt(SO_PEERCRED)", code: errno)
        }
        return PeerCredentials(
            pid: credentials.pid, uid: credentials.uid, gid: credentials.gid, groups: supplementaryGroups(socket))
    }

    /// SO_PEERGROUPS: the peer's supplementary groups, since Linux 4.13. Glibc's headers do not name it.
    private static let peerGroupsOption: Int32 = 59

    /// The supplementary groups, or none when the kernel does not tell.
    private static func supplementaryGroups(_ socket: Int32) -> [UInt32] {
        var length = socklen_t(0)
        // With too little room the kernel answers ERANGE and says how many bytes it needs.
        _ = getsockopt(socket, SOL_SOCKET, peerGroupsOption, nil, &length)
        guard length > 0 else { return [] }
        var groups = [UInt32](repeating: 0, count: Int(length) / MemoryLayout<UInt32>.size)
        guard getsockopt(socket, SOL_SOCKET, peerGroupsOption, &groups, &length) == 0 else { return [] }
        return Array(groups.prefix(Int(length) / MemoryLayout<UInt32>.size))
    }
}

/// A system call on a control socket failed.
public struct ControlErrno: Error, Equatable, CustomStringConvertible {
    /// The call, and what it was for.
    public var operation: String
    /// The `errno` value.
    public var code: Int32

    public init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
