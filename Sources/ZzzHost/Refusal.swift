// Both directions of zzz_error: what the host tells an app that it refuses, and what an app tells the host.

import Glibc
import ZzzAppABI

/// Why a call of an app is refused: the status it gets, and the message for its zzz_error.
struct Refusal: Error, Equatable {
    let status: zzz_status
    let message: String

    init(_ status: zzz_status, _ message: String) {
        self.status = status
        self.message = message
    }

    static func invalid(_ message: String) -> Refusal { Refusal(Status.invalid, message) }

    /// Fills what the app provided, as far as its own `size` says that it reaches. Returns the status.
    @discardableResult
    func write(to error: UnsafeMutablePointer<zzz_error>?) -> zzz_status {
        guard let error else { return status }
        let byteCount = min(Int(error.pointee.size), MemoryLayout<zzz_error>.size)
        let statusEnd = ABIField.end(\zzz_error.status)
        guard byteCount >= statusEnd else { return status }
        error.pointee.status = status
        guard byteCount > statusEnd else { return status }
        let text = UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(error) + statusEnd, count: byteCount - statusEnd)
        let kept = Self.prefix(of: message, byteCount: text.count - 1)
        text.copyBytes(from: kept)
        text[kept.count] = 0
        return status
    }

    /// The longest beginning of `text` with at most `byteCount` bytes that does not cut a character's encoding.
    private static func prefix(of text: String, byteCount: Int) -> Substring.UTF8View {
        var end = text.utf8.index(text.startIndex, offsetBy: byteCount, limitedBy: text.endIndex) ?? text.endIndex
        end = text.unicodeScalars.index(atOrBefore: end, in: text)
        return text[..<end].utf8
    }
}

extension String.UnicodeScalarView {
    fileprivate func index(atOrBefore position: Index, in text: String) -> Index {
        var position = position
        while position > startIndex, position.samePosition(in: text.unicodeScalars) == nil {
            position = text.utf8.index(before: position)
        }
        return position
    }
}

/// Runs one function of the contract: what `body` refuses becomes the status and the message.
func answering(
    _ report: UnsafeMutablePointer<zzz_error>?, _ body: () throws(Refusal) -> Void
) -> zzz_status {
    do {
        try body()
        return Status.ok
    } catch {
        return error.write(to: report)
    }
}

/// The statuses of base.h, typed as the contract's functions return them.
enum Status {
    static let ok = zzz_status(ZZZ_OK)
    static let invalid = zzz_status(ZZZ_ERROR_INVALID)
    static let state = zzz_status(ZZZ_ERROR_STATE)
    static let gone = zzz_status(ZZZ_ERROR_GONE)
    static let thread = zzz_status(ZZZ_ERROR_THREAD)
    static let limit = zzz_status(ZZZ_ERROR_LIMIT)
    static let conflict = zzz_status(ZZZ_ERROR_CONFLICT)
    static let unsupported = zzz_status(ZZZ_ERROR_UNSUPPORTED)
    static let notFound = zzz_status(ZZZ_ERROR_NOT_FOUND)
    static let io = zzz_status(ZZZ_ERROR_IO)
    static let app = zzz_status(ZZZ_ERROR_APP)

    /// "ZZZ_ERROR_CONFLICT", or the number.
    static func name(_ status: zzz_status) -> String {
        switch status {
        case ok: "ZZZ_OK"
        case zzz_status(ZZZ_WAIT): "ZZZ_WAIT"
        case invalid: "ZZZ_ERROR_INVALID"
        case state: "ZZZ_ERROR_STATE"
        case gone: "ZZZ_ERROR_GONE"
        case thread: "ZZZ_ERROR_THREAD"
        case limit: "ZZZ_ERROR_LIMIT"
        case conflict: "ZZZ_ERROR_CONFLICT"
        case unsupported: "ZZZ_ERROR_UNSUPPORTED"
        case notFound: "ZZZ_ERROR_NOT_FOUND"
        case io: "ZZZ_ERROR_IO"
        case app: "ZZZ_ERROR_APP"
        default: "status \(status)"
        }
    }
}

/// The words of base.h and http.h whose macros Swift does not see.
enum ABIWord {
    /// ZZZ_ABI_MAGIC
    static let magic: UInt32 = 0x215A_5A5A
    /// ZZZ_METHODS_ALL
    static let allMethods: UInt32 = 0x3FF
}

/// The ZZZ_HAS rule: a field is read only when the filler's `size` reaches past it.
enum ABIField {
    /// The offset of the byte after a field.
    static func end<Root, Value>(_ field: KeyPath<Root, Value>) -> Int {
        guard let offset = MemoryLayout<Root>.offset(of: field) else {
            preconditionFailure("\(field) is not stored in a C struct")
        }
        return offset + MemoryLayout<Value>.size
    }
}

extension zzz_bytes {
    /// The bytes, nil for NULL with a count.
    var buffer: UnsafeRawBufferPointer? {
        guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let data, count <= Int.max else { return nil }
        return UnsafeRawBufferPointer(start: data, count: Int(count))
    }

    /// The text, for a field of that name with at most `maximum` bytes.
    func text(_ field: String, maximum: Int) throws(Refusal) -> String {
        guard let buffer else { throw .invalid("\(field): data is NULL and count is \(count)") }
        guard buffer.count <= maximum else {
            throw .invalid("\(field): \(buffer.count) bytes, at most \(maximum) are allowed")
        }
        // `try?`: why it is none does not matter. A hundred nanoseconds faster than `String(validating:as:)`.
        guard let text = try? UTF8Span(validating: Span<UInt8>(_unsafeBytes: buffer)) else {
            throw .invalid("\(field): not UTF-8")
        }
        return String(copying: text)
    }
}
