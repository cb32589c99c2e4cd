/// A table for people: columns as wide as they need to be, two spaces apart, numbers to the right.
struct TextTable {
    enum Alignment {
        case left, right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: (title: String, alignment: Alignment)...) {
        self.columns = columns
    }

    init(columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; an empty cell becomes `-`, so that columns can be counted.
    mutating func add(_ cells: String...) {
        add(row: cells)
    }

    mutating func add(row cells: [String]) {
        precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(cells.map { $0.isEmpty ? "-" : Self.printable($0) })
    }

    /// The lines, each with its line end.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// The lines, the titles first, without spaces at their ends.
    var lines: [String] {
        let lines = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in lines.map { Self.width($0[column]) }.max() ?? 0 }
        return lines.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - Self.width(cell))
                line += columns[column].alignment == .right ? padding + cell : cell + padding
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The text without anything a terminal would obey: apps, files and peers choose some of what is shown.
    static func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format, .surrogate:
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Columns on the screen, about: letters of double width are rare in names and paths.
    private static func width(_ text: String) -> Int { text.count }
}
