import ZzzJSON

/// Text messages of version 2 as clients write them, which most are: no space, no escapes before the payload, and
/// nothing behind it.
enum PlainMessage {
    /// - Returns: nil for all others, right or wrong.
    static func read(_ text: UnsafeRawBufferPointer) -> ReceivedMessage? {
        guard text.count > 2, text[0] == UInt8(ascii: "["), text[text.count - 1] == UInt8(ascii: "]") else {
            return nil
        }
        var position = 1
        guard let joinRef = reference(text, &position), let ref = reference(text, &position),
            let topic = string(text, &position), let event = string(text, &position)
        else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: text[position..<text.count - 1])
        guard JSONSyntax.isPlainValue(payload) else { return nil }
        return ReceivedMessage(
            head: ChannelHead(joinRef: joinRef.value, ref: ref.value, topic: topic, event: event), payload: payload,
            isBinary: false)
    }

    private struct Reference {
        var value: String?
    }

    /// A string or null, and the comma behind it.
    private static func reference(_ text: UnsafeRawBufferPointer, _ position: inout Int) -> Reference? {
        if text.count - position > 5, text[position] == UInt8(ascii: "n") {
            guard text[position + 1] == UInt8(ascii: "u"), text[position + 2] == UInt8(ascii: "l"),
                text[position + 3] == UInt8(ascii: "l"), text[position + 4] == UInt8(ascii: ",")
            else { return nil }
            position += 5
            return Reference(value: nil)
        }
        return string(text, &position).map { Reference(value: $0) }
    }

    private static func string(_ text: UnsafeRawBufferPointer, _ position: inout Int) -> String? {
        guard text[position] == UInt8(ascii: "\"") else { return nil }
        let start = position + 1
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "\"") {
            guard text[end] >= 0x20, text[end] != UInt8(ascii: "\\") else { return nil }
            end += 1
        }
        guard end + 1 < text.count, text[end + 1] == UInt8(ascii: ","),
            end - start <= ChannelProtocol.maximumNameBytes
        else { return nil }
        position = end + 2
        guard position < text.count else { return nil }
        return String(decoding: UnsafeRawBufferPointer(rebasing: text[start..<end]), as: UTF8.self)
    }
}
