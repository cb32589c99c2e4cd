// Loops that never end. Each runs on something that changes, so that the optimiser keeps it.
import Zzz

/// Marsaglia's xorshift: it never comes to 0.
@inline(__always)
private func next(_ value: inout UInt64) -> UInt64 {
    value ^= value << 13
    value ^= value >> 7
    value ^= value << 17
    return value
}

/// Computes, and calls nobody.
@inline(never)
func spin(_ seed: Int) -> UInt64 {
    var value = UInt64(bitPattern: Int64(seed | 1))
    while next(&value) != 0 {}
    return value
}

/// Allocates and calls the runtime all the time: a thread that stops anywhere here may hold malloc's lock.
@inline(never)
func spinAllocating(_ seed: Int) -> Int {
    var value = UInt64(bitPattern: Int64(seed | 1))
    var kept: [String] = []
    while next(&value) != 0 {
        kept.append(String(value, radix: 2) + String(value, radix: 16))
        if kept.count == 100 { kept = [kept[Int(value % 100)]] }
    }
    return kept.count
}

@inline(never)
func spinAsync(_ seed: Int) async -> UInt64 { spin(seed) }

/// Calls the daemon all the time.
@inline(never)
func spinWriting(_ context: Context) -> Int {
    var value = UInt64(bitPattern: Int64(context.number("n", 7) | 1))
    var count = 0
    while next(&value) != 0 {
        // `try?`: it goes on also when the connection takes no more.
        if (try? context.earlyHints(["</\(value).css>; rel=preload"])) != nil { count &+= 1 }
    }
    return count
}
