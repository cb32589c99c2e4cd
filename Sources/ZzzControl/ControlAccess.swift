import Glibc

/// Who may give commands: root, the daemon's own user, and members of the group of `[control]`.
///
/// The socket's file mode keeps others from connecting; this check also holds when the mode was set too wide.
public struct ControlAccess: Sendable, Equatable {
    /// The user the daemon runs as.
    public var owner: UInt32
    /// The group of `[control]`, if it has one.
    public var group: UInt32?

    /// - Parameters:
    ///   - owner: the user the daemon runs as; by default that of this process.
    ///   - group: the id of the group of `[control]`, or nil when none is set.
    public init(owner: UInt32 = geteuid(), group: UInt32?) {
        self.owner = owner
        self.group = group
    }

    /// Whether `peer` may give commands, read-only ones included.
    public func allows(_ peer: PeerCredentials) -> Bool {
        if peer.uid == 0 || peer.uid == owner { return true }
        guard let group else { return false }
        return peer.gid == group || peer.groups.contains(group)
    }

    /// The answer to a peer who may not.
    public func refusal(of peer: PeerCredentials) -> ControlError {
        ControlError(
            .notPermitted, "user \(peer.uid) may not give commands to this daemon",
            remedy: "run zzzctl as root or as user \(owner), or join the group that control.group names")
    }
}
