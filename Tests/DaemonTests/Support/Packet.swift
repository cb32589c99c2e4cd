import Glibc

/// A datagram with descriptors (SCM_RIGHTS in unix(7)). The macros of cmsg(3) are not visible to Swift: on 64-bit Linux
/// a control message is its length in 8 bytes, level and type in 4 each, and the data.
enum Packet {
    private static let headerBytes = 16

    /// Waits for one. The descriptors are the caller's.
    static func receive(from socket: Int32) throws -> (text: String, descriptors: [Int32]) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var control = [UInt64](repeating: 0, count: 256)
        var controlBytes = 0
        let count = try bytes.withUnsafeMutableBytes { buffer in
            try control.withUnsafeMutableBytes { space in
                var part = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                return try withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = space.baseAddress
                    message.msg_controllen = space.count
                    let count = try check("recvmsg", recvmsg(socket, &message, Int32(MSG_CMSG_CLOEXEC)))
                    controlBytes = message.msg_controllen
                    return count
                }
            }
        }
        return (String(decoding: bytes[..<count], as: UTF8.self), descriptors(in: control, controlBytes))
    }

    private static func descriptors(in control: [UInt64], _ byteCount: Int) -> [Int32] {
        guard byteCount >= headerBytes else { return [] }
        return control.withUnsafeBytes { bytes in
            let end = Int(bytes.load(as: UInt64.self))
            return stride(from: headerBytes, to: end, by: 4).map { bytes.load(fromByteOffset: $0, as: Int32.self) }
        }
    }
}
