/// The head of a frame as it arrives, cut anywhere.
struct HeadBytes {
    private var bytes: (UInt64, UInt64) = (0, 0)
    private(set) var count = 0

    /// Takes the bytes of a head off `input`.
    /// - Returns: nil when some are missing; those that came are kept.
    mutating func take(from input: inout UnsafeMutableRawBufferPointer) throws(WebSocketError) -> FrameHeader? {
        if count == 0, input.count >= 2 {
            let needed = FrameHeader.byteCount(input[1])
            if input.count >= needed {
                let head = UnsafeRawBufferPointer(rebasing: input[..<needed])
                input = UnsafeMutableRawBufferPointer(rebasing: input[needed...])
                return try FrameHeader(parsing: head)
            }
        }
        return try takeSlowly(from: &input)
    }

    private mutating func takeSlowly(
        from input: inout UnsafeMutableRawBufferPointer
    ) throws(WebSocketError) -> FrameHeader? {
        var used = 0
        var needed = count < 2 ? 2 : FrameHeader.byteCount(second)
        withUnsafeMutableBytes(of: &bytes) { bytes in
            while count < needed, used < input.count {
                bytes[count] = input[used]
                count += 1
                used += 1
                if count == 2 { needed = FrameHeader.byteCount(bytes[1]) }
            }
        }
        input = UnsafeMutableRawBufferPointer(rebasing: input[used...])
        guard count == needed, count >= 2 else { return nil }
        count = 0
        var copy = bytes
        let result: Result<FrameHeader, WebSocketError> = withUnsafeBytes(of: &copy) { bytes in
            do throws(WebSocketError) {
                return .success(try FrameHeader(parsing: UnsafeRawBufferPointer(rebasing: bytes[..<needed])))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private var second: UInt8 { withUnsafeBytes(of: bytes) { $0[1] } }
}
