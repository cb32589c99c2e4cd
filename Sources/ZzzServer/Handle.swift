import ZzzAppABI

/// What an app holds instead of a pointer to a request, a socket, a channel or a subscription: worker (8 bits), slot
/// (24 bits, of which the upper two say which of these it is) and serial (32 bits).
///
/// A slot's serial changes each time it is reused, so a handle whose object has ended is recognised, whatever an app
/// does with it. It is never 0, so a handle is never NULL.
struct Handle: Hashable {
    let bits: UInt64

    init(worker: Int, slot: Int, serial: UInt32) {
        bits = UInt64(worker) << 56 | UInt64(slot) << 32 | UInt64(serial)
    }

    /// What is behind a handle. Requests have no use for the upper bits of their slots: see `ExchangePool`.
    enum Kind: Int {
        case request, socket, channel, subscription
    }

    init(_ kind: Kind, worker: Int, index: Int, serial: UInt32) {
        self.init(worker: worker, slot: kind.rawValue << 22 | index, serial: serial)
    }

    /// The largest `index`.
    static var maximumIndex: Int { (1 << 22) - 1 }

    var kind: Kind { Kind(rawValue: slot >> 22) ?? .request }
    /// The slot among those of its kind.
    var index: Int { slot & Self.maximumIndex }

    init(_ pointer: OpaquePointer?) {
        bits = UInt64(UInt(bitPattern: pointer))
    }

    var pointer: OpaquePointer? { OpaquePointer(bitPattern: UInt(bits)) }
    var worker: Int { Int(bits >> 56) }
    var slot: Int { Int(bits >> 32 & 0xFF_FFFF) }
    var serial: UInt32 { UInt32(truncatingIfNeeded: bits) }
}
