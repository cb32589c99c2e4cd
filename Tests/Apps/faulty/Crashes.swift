// What Swift's checks do not catch: unsafe code, the C library, the stack, the heap.
import Glibc

@inline(never)
func readNearNil(_ address: Int) -> Int {
    guard let pointer = UnsafePointer<Int>(bitPattern: address) else { return 0 }
    return pointer.pointee
}

/// The fault is in the C library's code, not in the app's. It is no tail call, which would leave no frame.
@inline(never)
func measureNothing(_ address: Int) -> Int {
    guard let pointer = UnsafePointer<CChar>(bitPattern: address) else { return 0 }
    return strlen(pointer) &+ 1
}

@inline(never)
func abortIfPositive(_ number: Int) -> String {
    if number > 0 { abort() }
    return "not aborted"
}

@inline(never)
func exitProcess(_ code: Int) -> String {
    exit(Int32(truncatingIfNeeded: code))
}

/// Small and large frames in turn: the last one may step over any guard page that is smaller than it.
@inline(never)
func recurse(_ depth: Int) -> Int {
    depth & 3 == 3 ? recurseInLargeFrame(depth + 1) + 1 : recurse(depth + 1) + 1
}

@inline(never)
func recurseInLargeFrame(_ depth: Int) -> Int {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 1000) { buffer in
        buffer[depth % 1000] = depth
        return recurse(depth + 1) + buffer[depth % 1000]
    }
}

/// Damages the heap and gives the damaged block back: malloc notices, and aborts the process.
@inline(never)
func corruptHeap(_ count: Int) -> String {
    guard let block = malloc(count) else { return "out of memory" }
    writeBefore(block)
    free(block)
    return "not noticed"
}

/// The size of a chunk is in the word before the block (malloc_chunk of glibc); no chunk has this one.
@inline(never)
private func writeBefore(_ block: UnsafeMutableRawPointer) {
    (block - 8).storeBytes(of: 0x4141_4141_4141_4148, as: UInt.self)
}
