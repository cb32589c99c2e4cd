/// Why the store does not do what it was asked.
public enum StoreError: Error, Equatable, CustomStringConvertible {
    /// The entry has another version than the one named, or is there against the wish.
    case conflict
    case notFound
    /// The entry is of another kind than the call needs.
    case notAValue
    case notANumber
    case notABucket
    /// A key that is empty or has more than `StoreLimits.keyByteCount` bytes.
    case keyByteCount(Int)
    case valueTooLarge(byteCount: Int, maximum: Int)
    /// The whole entry is larger than all that the app may keep.
    case entryTooLarge(byteCount: Int, maximum: Int)
    case overflow
    case tooManyTokens(capacity: UInt64)

    public var description: String {
        switch self {
        case .conflict: "the entry has another version"
        case .notFound: "there is no such entry"
        case .notAValue: "the entry is a token bucket, not a value"
        case .notANumber: "the entry is not a number"
        case .notABucket: "the entry is not a token bucket"
        case .keyByteCount(let count): "a key of \(count) bytes; 1 to \(StoreLimits.keyByteCount) are allowed"
        case .valueTooLarge(let count, let maximum): "a value of \(count) bytes; at most \(maximum) are allowed"
        case .entryTooLarge(let count, let maximum): "an entry of \(count) bytes; the app may keep \(maximum) in all"
        case .overflow: "the counter would have more than 64 bits"
        case .tooManyTokens(let capacity): "more tokens than the bucket's capacity of \(capacity)"
        }
    }
}
