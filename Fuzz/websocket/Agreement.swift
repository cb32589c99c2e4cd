import ZzzWebSocket

/// What a byte of the input says that was agreed on. `@` and `A` are a server and a client without compression; `z` and
/// `{` the same with the largest window, `B` and `C` with the smallest; `~` is a server whose client keeps the largest.
struct Agreement {
    /// Of the side that reads.
    let role: Role
    let compression: CompressionParameters?

    init(_ byte: UInt8) {
        role = byte & 1 == 0 ? .server : .client
        guard byte & 2 != 0 else {
            compression = nil
            return
        }
        var parameters = CompressionParameters()
        let windowBits = 8 + Int(byte >> 3 & 7)
        parameters.clientWindowBits = windowBits
        parameters.serverWindowBits = max(9, windowBits)
        parameters.clientNoContextTakeover = byte & 4 == 0
        parameters.serverNoContextTakeover = byte & 4 == 0
        compression = parameters
    }

    var peer: Role { role == .server ? .client : .server }

    /// What the peer compresses with.
    var windowBytes: Int {
        guard let compression else { return 0 }
        return 1 << (role == .server ? compression.clientWindowBits : compression.serverWindowBits)
    }

    var keepsContext: Bool { compression?.clientNoContextTakeover == false }
}
