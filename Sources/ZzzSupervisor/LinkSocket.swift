import CLinux
import Glibc

/// One end of a SOCK_SEQPACKET pair: whole messages, with descriptors, and an end that the other side sees.
struct LinkSocket {
    /// The longest packet, in bytes.
    static let packetLimit = 65_536

    let descriptor: Int32

    /// Both ends, close-on-exec; nil with errno set.
    static func pair() -> (ours: LinkSocket, theirs: LinkSocket)? {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        return (LinkSocket(descriptor: ends[0]), LinkSocket(descriptor: ends[1]))
    }

    /// False when the other side has gone, or takes no more and `waits` is false.
    @discardableResult
    func send(_ message: LinkMessage, descriptors: [Int32] = [], waits: Bool) -> Bool {
        let bytes = Array(message.text.utf8)
        return zzz_linux_send_packet(
            descriptor, bytes, bytes.count, descriptors, Int32(descriptors.count), nil, 0, waits ? 1 : 0)
            == bytes.count
    }

    enum Received {
        /// The descriptors are the receiver's.
        case message(LinkMessage, descriptors: [Int32])
        case nothing
        case end
    }

    /// The next packet that is there.
    func receive() -> Received {
        var bytes = [UInt8](repeating: 0, count: Self.packetLimit)
        var descriptors = [Int32](repeating: -1, count: Int(ZZZ_LINUX_PACKET_FDS))
        var descriptorCount: Int32 = 0
        while true {
            let count = zzz_linux_receive_packet(descriptor, &bytes, bytes.count, &descriptors, &descriptorCount)
            if count > 0 {
                return .message(
                    LinkMessage(bytes: bytes[..<count]), descriptors: Array(descriptors[..<Int(descriptorCount)]))
            }
            if count == 0 { return .end }
            switch errno {
            case EMSGSIZE: continue
            case EAGAIN: return .nothing
            default: return .end
            }
        }
    }
}
