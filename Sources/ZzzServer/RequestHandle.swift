import ZzzAppABI

/// What an app holds instead of a pointer to an `Exchange`: worker (8 bits), slot (24 bits) and serial (32 bits).
///
/// An exchange's serial changes each time it is reused, so a handle whose request has ended is recognised, whatever an
/// app does with it. It is never 0, so a handle is never NULL.
struct RequestHandle: Equatable {
    let bits: UInt64

    init(worker: Int, slot: Int, serial: UInt32) {
        bits = UInt64(worker) << 56 | UInt64(slot) << 32 | UInt64(serial)
    }

    init(_ pointer: OpaquePointer?) {
        bits = UInt64(UInt(bitPattern: pointer))
    }

    var pointer: OpaquePointer? { OpaquePointer(bitPattern: UInt(bits)) }
    var worker: Int { Int(bits >> 56) }
    var slot: Int { Int(bits >> 32 & 0xFF_FFFF) }
    var serial: UInt32 { UInt32(truncatingIfNeeded: bits) }
}
