/// One frame of a backtrace, as a signal handler can note it.
public struct FrameAddress: Sendable, Hashable {
    /// The file of the image that holds the address.
    public var image: String
    /// What people call the image: an app's name, a library's file name.
    public var label: String
    /// The address minus the one at which the image was loaded.
    public var offset: UInt64
    /// Whether a call returns there; false for the instruction that a signal stopped at.
    public var isReturnAddress: Bool

    public init(image: String, label: String, offset: UInt64, isReturnAddress: Bool) {
        self.image = image
        self.label = label
        self.offset = offset
        self.isReturnAddress = isReturnAddress
    }
}

/// A frame with what is known of it.
public struct SymbolizedFrame: Sendable, Equatable, CustomStringConvertible {
    /// A place in the source, as far as it is known.
    public struct Location: Sendable, Equatable, Codable {
        /// `show(_:)`, without the module and the types.
        public var function: String
        /// Relative to the directory where it was compiled, when it is below that.
        public var file: String?
        public var line: Int?
        public var column: Int?

        public init(function: String, file: String? = nil, line: Int? = nil, column: Int? = nil) {
            self.function = function
            self.file = file
            self.line = line
            self.column = column
        }
    }

    public var address: FrameAddress
    /// What is inlined at the address, the innermost first, and at the end the function that is really there. Empty
    /// when only the address is known.
    public var locations: [Location]

    public init(address: FrameAddress, locations: [Location]) {
        self.address = address
        self.locations = locations
    }

    /// One line for each location: "show(_:) at Sources/Blog/Posts.swift:12:9 in blog", or "blog + 0x1234".
    public var description: String {
        let place = "\(address.label) + 0x\(String(address.offset, radix: 16))"
        guard !locations.isEmpty else { return place }
        return locations.map { "\($0) in \(address.label)" }.joined(separator: "\n")
    }
}

extension SymbolizedFrame.Location: CustomStringConvertible {
    /// "show(_:) at Sources/Blog/Posts.swift:12:9"
    public var description: String {
        guard let file, let line else { return function }
        return "\(function) at \(file):\(line)" + (column.map { ":\($0)" } ?? "")
    }
}
