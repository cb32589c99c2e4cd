import ZzzIO

/// Where bytes wait between the loop's read buffers and the parser.
///
/// `input` holds the request that is being parsed or handled, and stays where it is while an app has slices of it.
/// `next` exists only while a request is in flight, and holds what came behind its head; its bytes come after those of
/// `input`.
extension Connection {
    /// Keeps what has arrived, without moving the bytes that a request in flight points into.
    @inline(__always)
    func take(_ buffer: ReadBuffer) {
        if input.base == nil {
            input = InputBuffer(adopting: buffer)
        } else {
            takeMore(buffer)
        }
    }

    @inline(never)
    private func takeMore(_ buffer: ReadBuffer) {
        if phase == .idle || phase == .head || phase == .webSocket {
            // Nobody points into the input: what outgrows a read buffer moves to memory of its own.
            append(buffer, to: &input)
        } else {
            append(buffer, to: &next)
        }
    }

    /// Behind what is there; without a copy when nothing is.
    private func append(_ buffer: ReadBuffer, to target: inout InputBuffer) {
        if target.isEmpty {
            target.recycle(to: self)
            target = InputBuffer(adopting: buffer)
            return
        }
        append(buffer.bytes, to: &target)
        recycle(buffer)
    }

    func append(_ bytes: UnsafeRawBufferPointer, to target: inout InputBuffer) {
        if target.append(bytes) { return }
        target.move(toPrivate: target.count + bytes.count + InputBuffer.room, of: self)
        _ = target.append(bytes)
    }

    /// The request has ended: what came behind it is the input now.
    @inline(never)
    func joinNext() {
        if input.isEmpty {
            input.recycle(to: self)
            input = next
            next = InputBuffer()
        } else {
            append(next.bytes, to: &input)
            next.recycle(to: self)
        }
    }

    /// Moves what is behind the head from `input` to `next`, before what has come there already.
    func separateBody() {
        guard !input.isEmpty else { return }
        var body = InputBuffer(copying: input.bytes, room: next.count)
        _ = body.append(next.bytes)
        next.recycle(to: self)
        next = body
        input.truncate()
    }
}
