import Glibc

/// Splits a multipart body (RFC 2046 section 5.1.1, RFC 7578) into its parts as its bytes arrive.
///
/// Bytes in, events out. Data is handed out where it lies, and nothing is kept but a part's header; what may be the
/// beginning of a boundary is remembered by its length. So memory does not grow with the body, and a part may be larger
/// than that.
///
///     var rest = received
///     while let event = try parser.next(&rest) {
///         switch event {
///         case .part: begin(parser.fields)
///         case .data(let bytes): use(bytes)          // valid until the next call
///         case .partEnd: finish()
///         case .end: break                           // what follows is no part
///         }
///     }                                              // and at the end of the body: try parser.finish()
///
/// Of what one recipient might read in one way and another in another, nothing is let through: lines end with CRLF, and
/// nothing but blanks follows a boundary on its line.
public struct MultipartParser: ~Copyable {
    /// What has been found.
    public enum Event {
        /// A part begins: `fields` are its header.
        case part
        /// A piece of the part's content, never empty. Valid until the next call of the parser.
        case data(UnsafeRawBufferPointer)
        /// The part is complete.
        case partEnd
        /// All parts are complete. What follows is skipped.
        case end
    }

    enum State: UInt8 {
        /// Before the first boundary.
        case preamble
        /// Behind a boundary, on its line.
        case boundary
        /// Behind a boundary and "-".
        case closing
        /// Behind a boundary and blanks.
        case padding
        /// Behind a boundary and CR.
        case lineFeed
        case header, content, epilogue
    }

    /// CRLF, two hyphens and the boundary. The parser's own memory, which it frees.
    private let delimiter: UnsafeRawBufferPointer
    /// What a part's header may have.
    private let limits: MultipartLimits
    private var state = State.preamble
    /// How many bytes of the delimiter have been read.
    private var matched: Int
    /// How many of those belong to what came before: the CRLF of a line that a delimiter may follow at once.
    private var assumed: Int
    /// How many bytes have been taken, for messages.
    private var consumed: UInt64 = 0
    private var header = MultipartHeader()

    /// - Parameter boundary: as the Content-Type names it.
    public init(boundary: MultipartBoundary, limits: MultipartLimits = MultipartLimits()) {
        let text = Array("\r\n--".utf8) + boundary.bytes
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
        memory.copyBytes(from: text)
        delimiter = UnsafeRawBufferPointer(memory)
        self.limits = limits
        // The CRLF before the first boundary is that of the head.
        matched = 2
        assumed = 2
    }

    deinit { delimiter.deallocate() }

    /// The header of the part that has begun last.
    public var fields: [MultipartHeader.Field] { header.fields }

    /// Reads on to the next event, and takes what it has read off `input`. nil: all of it has been read.
    public mutating func next(_ input: inout UnsafeRawBufferPointer) throws(MultipartError) -> Event? {
        while !input.isEmpty {
            switch state {
            case .preamble:
                // What comes before the first boundary is for people whose mail reader knows no multipart.
                if takeContent(&input) == nil, isDelimited { state = .boundary }
            case .content:
                if let data = takeContent(&input) {
                    if data.isEmpty { continue }
                    return .data(data)
                }
                guard isDelimited else { return nil }
                state = .boundary
                return .partEnd
            case .header:
                guard try header.take(&input, &consumed, limits) else { return nil }
                state = .content
                // A part without content may end here.
                matched = 2
                assumed = 2
                return .part
            case .epilogue:
                take(input.count, of: &input)
            case .boundary, .closing, .padding, .lineFeed:
                if try takeBoundaryByte(&input) { return .end }
            }
        }
        return nil
    }

    /// The body is over. Throws when it is not complete.
    public func finish() throws(MultipartError) {
        guard state != .epilogue else { return }
        throw MultipartError(state == .preamble ? .noBoundary : .unexpectedEnd, offset: consumed)
    }

    /// Whether a whole delimiter has been read.
    private var isDelimited: Bool { matched == delimiter.count }

    private mutating func take(_ count: Int, of input: inout UnsafeRawBufferPointer) {
        consumed += UInt64(count)
        input = UnsafeRawBufferPointer(rebasing: input[count...])
    }

    // MARK: Content

    /// Content up to a delimiter, or to what may be the beginning of one; it may be empty. nil: all that was read is a
    /// part of a delimiter, and `matched` says how much.
    private mutating func takeContent(_ input: inout UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        if matched > 0 {
            let count = commonPrefix(input, from: matched)
            if matched + count == delimiter.count || count == input.count {
                matched += count
                take(count, of: &input)
                return nil
            }
            // It was not a delimiter. There is no CR within it, so no other one has begun in what was held back.
            let held = UnsafeRawBufferPointer(rebasing: delimiter[assumed..<matched])
            matched = 0
            assumed = 0
            return held
        }
        let end = delimiterStart(input)
        guard end == 0 else {
            let data = UnsafeRawBufferPointer(rebasing: input[..<end])
            take(end, of: &input)
            return data
        }
        matched = commonPrefix(input, from: 0)
        take(matched, of: &input)
        return nil
    }

    /// How many bytes of `input` go on like the delimiter from `offset` on.
    private func commonPrefix(_ input: UnsafeRawBufferPointer, from offset: Int) -> Int {
        let most = min(input.count, delimiter.count - offset)
        var count = 0
        while count < most, input[count] == delimiter[offset + count] { count += 1 }
        return count
    }

    /// Where a delimiter, or as much of one as there is room for, begins in `input`; its end when nowhere.
    ///
    /// memchr(3) looks for CR, at many bytes a cycle; each CR costs the comparison of what follows it, which is short
    /// but at a delimiter, since a delimiter has one CR. So the time is linear whatever the input.
    private func delimiterStart(_ input: UnsafeRawBufferPointer) -> Int {
        guard let start = input.baseAddress, let delimiterBase = delimiter.baseAddress else { return 0 }
        var offset = 0
        while let found = memchr(start + offset, 0x0D, input.count - offset) {
            offset = UnsafeRawPointer(found) - start
            let rest = min(input.count - offset, delimiter.count)
            if memcmp(start + offset, delimiterBase, rest) == 0 { return offset }
            offset += 1
        }
        return input.count
    }

    // MARK: Boundary lines

    /// One byte behind a boundary. Whether it was the last one of the last boundary.
    private mutating func takeBoundaryByte(_ input: inout UnsafeRawBufferPointer) throws(MultipartError) -> Bool {
        let byte = input[0]
        switch (state, byte) {
        case (.boundary, UInt8(ascii: "-")): state = .closing
        case (.closing, UInt8(ascii: "-")): state = .epilogue
        case (.boundary, 0x20), (.boundary, 0x09), (.padding, 0x20), (.padding, 0x09): state = .padding
        case (.boundary, 0x0D), (.padding, 0x0D): state = .lineFeed
        case (.lineFeed, 0x0A):
            state = .header
            header.removeAll()
        default: throw MultipartError(.malformedBoundaryLine, offset: consumed)
        }
        take(1, of: &input)
        return state == .epilogue
    }
}
