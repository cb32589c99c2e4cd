import ZzzAppABI

extension UnsafeMutablePointer<zzz_buffer> {
    /// Sets the count, and writes the result when there is room for all of it.
    func fill(_ name: String, _ result: [UInt8]) throws(Refusal) {
        let room = try room(name)
        pointee.count = result.count
        guard result.count <= room.count else { return }
        room.copyBytes(from: result)
    }

    /// The room that the caller provides for the argument of that name.
    func room(_ name: String) throws(Refusal) -> UnsafeMutableRawBufferPointer {
        let capacity = pointee.capacity
        guard capacity > 0 else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        guard let data = pointee.data else { throw .invalid("\(name): data is NULL and capacity is \(capacity)") }
        return UnsafeMutableRawBufferPointer(start: data, count: capacity)
    }
}

extension zzz_bytes {
    /// The bytes of the argument of that name.
    func bytes(_ name: String) throws(Refusal) -> UnsafeRawBufferPointer {
        guard let buffer else { throw .invalid("\(name): data is NULL and count is \(count)") }
        return buffer
    }
}
