import Glibc

/// The unit of the deadline wheel: 64 ms, so that no division is needed.
enum DeadlineTick {
    static var milliseconds: UInt64 { 64 }

    /// The first tick at which `milliseconds` has passed.
    @inline(__always)
    static func of(_ milliseconds: UInt64) -> UInt64 {
        milliseconds >= UInt64.max - 63 ? .max >> 6 : (milliseconds &+ 63) >> 6
    }
}

/// The coarse deadlines of a loop's streams: 256 slots of 64 ms, each a doubly linked list through the streams
/// themselves.
///
/// It is lazy. A stream whose deadline moves later, or is cleared, stays in its slot; when that comes round, the wheel
/// looks at the deadline and puts the stream where it belongs now. What lies beyond the horizon of 16 s sits in the
/// last slot and moves on from there. So a request that renews the deadline costs one store.
///
/// Invariant: a stream with `.inWheel` is in slot `wheelTick & 255`, with `tick < wheelTick <= tick + 255`, or in
/// `expired` when it has `.expiring` too; `occupied` has a bit for each slot that is not empty.
struct DeadlineWheel {
    private static var mask: UInt64 { 255 }

    private let slots: UnsafeMutablePointer<Unmanaged<Stream>?>
    private var occupied: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var count = 0
    /// The last tick whose slot was emptied.
    private var tick: UInt64
    /// No slot that is not empty comes before this tick.
    private var nextTick: UInt64
    private var expired: Unmanaged<Stream>?

    init(now milliseconds: UInt64) {
        slots = .allocate(capacity: 256)
        slots.initialize(repeating: nil, count: 256)
        tick = milliseconds >> 6
        nextTick = tick &+ 256
    }

    func deallocate() { slots.deallocate() }

    /// When to wake for the next deadline, on the monotonic clock; `.max` when there is none. It may be too early, when
    /// the stream that it was for is gone; never too late.
    @inline(__always)
    var nextNanoseconds: UInt64 {
        if expired != nil { return 0 }
        return count == 0 ? .max : nextTick &* (DeadlineTick.milliseconds * 1_000_000)
    }

    /// The first tick after the current one whose slot is not empty, or one with nothing in it but far away.
    private func findNextTick() -> UInt64 {
        var distance: UInt64 = 1
        while distance <= 256 {
            let slot = (tick &+ distance) & DeadlineWheel.mask
            let rest = word(slot >> 6) >> (slot & 63)
            if rest != 0 { return tick &+ distance &+ UInt64(rest.trailingZeroBitCount) }
            distance &+= 64 &- (slot & 63)
        }
        return tick &+ 256
    }

    /// Puts a stream where its deadline belongs; takes it from where it was.
    mutating func place(_ stream: Stream) {
        if stream.state.contains(.inWheel) { remove(stream) }
        let wanted = DeadlineTick.of(stream.deadlineMilliseconds)
        let target = min(max(wanted, tick &+ 1), tick &+ DeadlineWheel.mask)
        let slot = target & DeadlineWheel.mask
        let link = Unmanaged.passUnretained(stream)
        stream.wheelTick = target
        stream.wheelPrevious = nil
        stream.wheelNext = slots[Int(slot)]
        stream.wheelNext?._withUnsafeGuaranteedRef { $0.wheelPrevious = link }
        slots[Int(slot)] = link
        stream.state.insert(.inWheel)
        setWord(slot >> 6, word(slot >> 6) | 1 << (slot & 63))
        count &+= 1
        if target < nextTick { nextTick = target }
    }

    mutating func remove(_ stream: Stream) {
        guard stream.state.contains(.inWheel) else { return }
        let slot = stream.wheelTick & DeadlineWheel.mask
        let next = stream.wheelNext
        next?._withUnsafeGuaranteedRef { $0.wheelPrevious = stream.wheelPrevious }
        if let previous = stream.wheelPrevious {
            previous._withUnsafeGuaranteedRef { $0.wheelNext = next }
        } else if stream.state.contains(.expiring) {
            expired = next
        } else {
            slots[Int(slot)] = next
            if next == nil { setWord(slot >> 6, word(slot >> 6) & ~(1 << (slot & 63))) }
        }
        stream.wheelNext = nil
        stream.wheelPrevious = nil
        stream.state.subtract([.inWheel, .expiring])
        count &-= 1
    }

    /// Whether `collect` or `popExpired` would do something.
    @inline(__always)
    func isDue(_ milliseconds: UInt64) -> Bool { milliseconds >> 6 != tick || expired != nil }

    /// Moves the streams of every slot that is due into `expired`.
    @inline(__always)
    mutating func collect(_ milliseconds: UInt64) {
        if milliseconds >> 6 != tick { collectSlots(milliseconds >> 6) }
    }

    private mutating func collectSlots(_ current: UInt64) {
        let last = min(current, tick &+ 256)
        while tick < last {
            tick &+= 1
            let slot = tick & DeadlineWheel.mask
            if word(slot >> 6) >> (slot & 63) & 1 == 0 { continue }
            setWord(slot >> 6, word(slot >> 6) & ~(1 << (slot & 63)))
            while let link = slots[Int(slot)] {
                link._withUnsafeGuaranteedRef { stream in
                    slots[Int(slot)] = stream.wheelNext
                    stream.wheelPrevious = nil
                    stream.wheelNext = expired
                    expired?._withUnsafeGuaranteedRef { $0.wheelPrevious = link }
                    expired = link
                    stream.state.insert(.expiring)
                }
            }
        }
        tick = current
        if nextTick <= tick { nextTick = findNextTick() }
    }

    /// The next stream whose deadline has passed, with the deadline cleared. Those that were collected too early are
    /// put back where they belong.
    @inline(__always)
    mutating func popExpired(_ milliseconds: UInt64) -> Unmanaged<Stream>? {
        expired == nil ? nil : popCollected(milliseconds)
    }

    private mutating func popCollected(_ milliseconds: UInt64) -> Unmanaged<Stream>? {
        while let link = expired {
            let isDue = link._withUnsafeGuaranteedRef { stream in
                remove(stream)
                if stream.deadlineMilliseconds <= milliseconds {
                    stream.deadlineMilliseconds = .max
                    return true
                }
                if stream.deadlineMilliseconds != .max { place(stream) }
                return false
            }
            if isDue { return link }
        }
        return nil
    }

    @inline(__always)
    private func word(_ index: UInt64) -> UInt64 {
        switch index {
        case 0: occupied.0
        case 1: occupied.1
        case 2: occupied.2
        default: occupied.3
        }
    }

    @inline(__always)
    private mutating func setWord(_ index: UInt64, _ value: UInt64) {
        switch index {
        case 0: occupied.0 = value
        case 1: occupied.1 = value
        case 2: occupied.2 = value
        default: occupied.3 = value
        }
    }
}
