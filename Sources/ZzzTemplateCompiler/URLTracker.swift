/// Where in a URL the next byte stands. Only what decides about the scheme matters, since values further on are
/// encoded so that they can't leave their place.
struct URLTracker: Equatable {
    enum Part: Equatable {
        case start
        /// Something was written, but no `:`, `/`, `?` or `#` yet: what is to come may make a scheme of it.
        case undecided(String)
        /// The same after a value at the start.
        case afterValue
        /// The scheme is known to be harmless, or there is none.
        case rest
        /// Behind `mailto:` and the like, before any `?`.
        case address
        /// A scheme in which values can't be made safe.
        case scheme(String)
        /// Blocks before have left more than one possibility.
        case unknown
    }

    var part = Part.start

    mutating func advance(_ byte: UInt8, at offset: Int) throws(Problem) {
        switch part {
        // Browsers leave these out wherever they are.
        case .start where byte <= 0x20, .undecided where [0x09, 0x0A, 0x0D].contains(byte): break
        case .start: try decide("", byte, at: offset)
        case .undecided(let text): try decide(text, byte, at: offset)
        case .afterValue where byte == UInt8(ascii: ":"):
            throw Problem(offset, "a value can't be the scheme of a URL: write the scheme out")
        case .afterValue where [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains(byte): part = .rest
        case .unknown where byte == UInt8(ascii: ":"):
            throw Problem(offset, "a ':' after a block at the start of a URL: write the URL out in each branch")
        case .unknown where [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains(byte): part = .rest
        case .address where byte == UInt8(ascii: "?"): part = .rest
        case .afterValue, .address, .rest, .scheme, .unknown: break
        }
    }

    private mutating func decide(_ text: String, _ byte: UInt8, at offset: Int) throws(Problem) {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): part = .rest
        case UInt8(ascii: ":"):
            let isAddress = ["mailto", "tel", "sms"].contains(text)
            part = ["javascript", "vbscript", "data"].contains(text) ? .scheme(text) : isAddress ? .address : .rest
        default: part = .undecided(text + Character(Unicode.Scalar(byte)).lowercased())
        }
    }

    /// Whether a scheme may still be coming.
    var isOpen: Bool {
        switch part {
        case .start, .undecided, .afterValue, .unknown: true
        case .address, .rest, .scheme: false
        }
    }

    mutating func value(at offset: Int) throws(Problem) -> Escape {
        switch part {
        case .start:
            part = .afterValue
            return .url
        case .undecided:
            part = .afterValue
            return .urlPart
        case .afterValue, .rest: return .urlPart
        case .address: return .address
        case .scheme(let scheme): throw Problem(offset, "a value in a \(scheme): URL can't be made safe")
        case .unknown:
            throw Problem(
                offset, "blocks before leave open whether the URL begins here: write the URL out in each branch")
        }
    }

    mutating func settle() {
        if case .undecided = part { part = .afterValue }
    }

    /// What is known after blocks that end in one of two ways.
    static func join(_ left: URLTracker, _ right: URLTracker) -> URLTracker {
        left == right ? left : URLTracker(part: .unknown)
    }
}
