/// What other template languages write, and what to write here instead.
enum ForeignSyntax {
    /// Words between two values.
    static let operators = [
        "and": "&&", "or": "||", "eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=",
        "in": "{{#each items as |item|}}",
    ]

    private static let signs = [
        "|": "there are no filters: a function stands before its value",
        "=": "== compares",
        "?": "write {{#if}}",
        "+": "there is no arithmetic: that belongs into Swift",
        "*": "there is no arithmetic: that belongs into Swift",
        "/": "there is no arithmetic: that belongs into Swift",
        "%": "there is no arithmetic: that belongs into Swift",
    ]

    static func unexpected(sign: String, at offset: Int) -> Problem {
        Problem(offset, "unexpected '\(sign)'" + (signs[sign].map { ": " + $0 } ?? ""))
    }

    /// A function's name that is an operator here.
    static func refuseFunction(_ word: String, at offset: Int) throws(Problem) {
        if word == "not" { throw Problem(offset, "unexpected 'not': write !a") }
        if let sign = operators[word] { throw Problem(offset, "unexpected '\(word)': write a \(sign) b") }
    }

    /// The first word of a tag.
    static func refuseTag(_ word: String, at offset: Int) throws(Problem) {
        if ["elseif", "elsif", "elif", "elseIf"].contains(word) {
            throw Problem(offset, "there is no {{\(word)}}: write {{else if}}")
        }
        if ["end", "endif", "endfor", "endeach"].contains(word) {
            throw Problem(offset, "there is no {{\(word)}}: a block ends with its name, as in {{/if}}")
        }
    }
}
