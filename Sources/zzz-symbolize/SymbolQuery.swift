/// What the program is asked on its standard input.
struct SymbolQuery: Decodable, Equatable {
    struct Image: Decodable, Equatable {
        /// The file: an app's private copy, a library.
        var path: String
        /// What people call it.
        var label: String
    }

    struct Frame: Decodable, Equatable {
        /// The index of its image.
        var image: Int
        /// The address minus the image's load base, which is what its ELF file and its DWARF call the address.
        var offset: UInt64
        /// Whether this is where a call returns to: the call itself is what stands before it.
        var isReturnAddress: Bool
    }

    var images: [Image]
    var frames: [Frame]
}

/// What it answers.
struct SymbolReply: Encodable, Equatable {
    /// One list for each frame of the query: what is inlined at the address, the innermost first, and at the end the
    /// function that is really there. Empty when nothing is known.
    var frames: [[SourceLocation]]
}

/// A place in a program's source, as far as it is known.
struct SourceLocation: Encodable, Equatable {
    var function: String
    /// Relative to the compilation directory when it is below that.
    var file: String?
    var line: Int?
    var column: Int?
}
