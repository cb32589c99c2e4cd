/// The names that clients give to files.
enum FileName {
    /// A name that can do no harm as one: without directories, control and direction characters and a dot at its
    /// beginning, at most 255 bytes, never empty.
    static func harmless(_ name: String) -> String {
        let last = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? ""
        var plain = String.UnicodeScalarView(last.unicodeScalars.filter { !isInvisible($0) })
        while let first = plain.first, first == "." || first == " " { plain.removeFirst() }
        while plain.last == " " { plain.removeLast() }
        let cut = cut(String(plain), toBytes: 255)
        return cut.isEmpty ? "file" : cut
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    /// Shortens the part before the extension.
    private static func cut(_ name: String, toBytes most: Int) -> String {
        guard name.utf8.count > most else { return name }
        var dot = name.unicodeScalars.lastIndex(of: ".") ?? name.endIndex
        if name.utf8.distance(from: dot, to: name.endIndex) > 16 { dot = name.endIndex }
        let suffix = name[dot...]
        var stem = name.unicodeScalars[..<dot]
        var count = stem.reduce(0) { $0 + $1.utf8.count }
        while count + suffix.utf8.count > most, let last = stem.popLast() { count -= last.utf8.count }
        return String(stem) + suffix
    }
}
