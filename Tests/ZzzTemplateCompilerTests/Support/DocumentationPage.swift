import Foundation

/// The examples of a page of the documentation.
struct DocumentationPage {
    struct Example {
        let template: String
        /// What the page shows below it.
        let page: String?
    }

    /// A row of a table: templates that stand for each other, and what they print by locale. One page for each
    /// template, or one for all.
    struct Row {
        let templates: [String]
        var pages: [String: [String]]
    }

    let examples: [Example]
    let rows: [Row]
    let errors: [String]

    init(_ path: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        let blocks = text.components(separatedBy: "```html\n").dropFirst().map { $0.components(separatedBy: "```") }
        examples = blocks.map { parts in
            let isShown = parts.count > 2 && parts[1] == "\n\n" && parts[2].hasPrefix("text\n")
            return Example(template: parts[0], page: isShown ? String(parts[2].dropFirst(5)) : nil)
        }
        errors = text.split(separator: "\n").map(String.init).filter { $0.contains(".html.zzz:") }
        var rows: [Row] = []
        var locales: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard line.hasPrefix("|"), cells.count > 3 else {
                locales = []
                continue
            }
            switch cells[2] {
            case "prints": locales = ["english"]
            case "English": locales = ["english", "german"]
            case "---", "": break
            default:
                if !locales.isEmpty { rows.append(Self.row(cells, locales)) }
            }
        }
        self.rows = rows
    }

    private static func row(_ cells: [String], _ locales: [String]) -> Row {
        var row = Row(templates: spans(cells[1]), pages: [:])
        for (locale, cell) in zip(locales, cells.dropFirst(2)) where !cell.isEmpty {
            row.pages[locale] = cell == "nothing" ? [""] : cell.hasPrefix("`") ? spans(cell) : [cell]
        }
        return row
    }

    /// What is in backticks.
    private static func spans(_ cell: String) -> [String] {
        cell.split(separator: "`").enumerated().filter { $0.offset % 2 == 0 }.map { String($0.element) }
    }
}
