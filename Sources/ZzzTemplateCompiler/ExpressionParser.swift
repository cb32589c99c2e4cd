/// Reads the inside of a tag: a value, or a function with its arguments.
///
///     expression = and ("||" and)*
///     and        = comparison ("&&" comparison)*
///     comparison = fallback (("==" | "!=" | "<" | "<=" | ">" | ">=") fallback)?
///     fallback   = unary ("??" fallback)?
///     unary      = "!" unary | application
///     application = operand (operand | name "=" operand)*      ; with arguments: a call
///     operand    = literal | path | "(" expression ")"
struct ExpressionParser {
    private let tokens: [ExpressionToken]
    private var index = 0
    private var depth = 0

    init(_ range: Range<Int>, of source: TemplateSource) throws(Problem) {
        tokens = try ExpressionScanner.scan(range, of: source)
    }

    var current: ExpressionToken { tokens[index] }
    private var upcoming: ExpressionToken { tokens[min(index + 1, tokens.count - 1)] }
    var isAtEnd: Bool { current.kind == .end }
    var offset: Int { current.offset }

    mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
    }

    /// Takes a sign if it is next.
    mutating func take(_ symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        advance()
        return true
    }

    /// Takes a word if it is next.
    mutating func takeWord(_ word: String) -> Bool {
        guard current.kind == .identifier(word) else { return false }
        advance()
        return true
    }

    mutating func takeIdentifier() -> String? {
        guard case .identifier(let name) = current.kind else { return nil }
        advance()
        return name
    }

    mutating func takeString() -> String? {
        guard case .string(let text) = current.kind else { return nil }
        advance()
        return text
    }

    func requireEnd() throws(Problem) {
        guard isAtEnd else { throw unexpected() }
    }

    func unexpected() -> Problem {
        switch current.kind {
        case .end: Problem(offset, "a value is missing")
        case .identifier(let name): Problem(offset, "unexpected '\(name)'")
        case .data(let name): Problem(offset, "unexpected '@\(name)'")
        case .string(let text): Problem(offset, "unexpected \"\(text)\"")
        case .number(let text): Problem(offset, "unexpected '\(text)'")
        case .symbol(let text): ForeignSyntax.unexpected(sign: text, at: offset)
        }
    }

    // MARK: Operators

    mutating func expression() throws(Problem) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw Problem(offset, "parentheses more than \(Self.maximumDepth) deep")
        }
        var left = try conjunction()
        while take("||") { left = .binary("||", left, try conjunction()) }
        return left
    }

    static let maximumDepth = 50

    private mutating func conjunction() throws(Problem) -> Expression {
        var left = try comparison()
        while take("&&") { left = .binary("&&", left, try comparison()) }
        return left
    }

    private mutating func comparison() throws(Problem) -> Expression {
        let left = try fallback()
        for sign in ["==", "!=", "<=", ">=", "<", ">"] where take(sign) {
            return .binary(sign, left, try fallback())
        }
        return left
    }

    private mutating func fallback() throws(Problem) -> Expression {
        var parts = [try unary()]
        while take("??") { parts.append(try unary()) }
        guard var right = parts.popLast() else { throw unexpected() }
        while let left = parts.popLast() { right = .binary("??", left, right) }
        return right
    }

    private mutating func unary() throws(Problem) -> Expression {
        var count = 0
        while take("!") { count += 1 }
        let value = try application()
        // Two of them make a condition out of a value; more say nothing new.
        return count == 0 ? value : count % 2 == 1 ? .not(value) : .not(.not(value))
    }

    private mutating func application() throws(Problem) -> Expression {
        let function = try operand()
        let arguments = try arguments()
        guard !arguments.isEmpty else { return function }
        if case .name(let word, let offset) = function { try ForeignSyntax.refuseFunction(word, at: offset) }
        switch function {
        case .name, .member: return .call(function, arguments)
        default: throw Problem(arguments[0].offset, "only a function takes arguments")
        }
    }

    /// Arguments as far as they go: `post.created format="short"`.
    mutating func arguments() throws(Problem) -> [Argument] {
        var arguments: [Argument] = []
        while startsOperand {
            let offset = current.offset
            if case .identifier(let label) = current.kind, upcoming.kind == .symbol("=") {
                advance()
                advance()
                arguments.append(Argument(label: label, value: try operand(), offset: offset))
            } else if case .identifier(let word) = current.kind, let sign = ForeignSyntax.operators[word] {
                throw Problem(offset, "unexpected '\(word)': write \(sign)")
            } else {
                arguments.append(Argument(label: nil, value: try operand(), offset: offset))
            }
        }
        return arguments
    }

    private var startsOperand: Bool {
        switch current.kind {
        case .identifier(let word): word != "as"
        case .data, .string, .number: true
        case .symbol(let sign): ["(", ".", "-", "../"].contains(sign)
        case .end: false
        }
    }

    // MARK: Operands

    mutating func operand() throws(Problem) -> Expression {
        let start = current
        advance()
        switch start.kind {
        case .string(let text): return .string(text, offset: start.offset)
        case .number(let text): return .number(text, offset: start.offset)
        case .data(let name): return try members(of: .data(name, offset: start.offset))
        case .identifier("true"): return .boolean(true, offset: start.offset)
        case .identifier("false"): return .boolean(false, offset: start.offset)
        case .identifier("nil"), .identifier("null"): return .null(offset: start.offset)
        case .identifier("this"): return try members(of: .this(offset: start.offset))
        case .identifier(let name): return try members(of: .name(name, offset: start.offset))
        case .symbol("-"): return try negative(start)
        case .symbol("."): return try afterPoint(start)
        case .symbol("("): return try parenthesised()
        case .symbol("../"):
            throw Problem(start.offset, "there is no '../': every name around a block can be used inside it")
        default:
            index -= start.kind == .end ? 0 : 1
            throw unexpected()
        }
    }

    private mutating func negative(_ start: ExpressionToken) throws(Problem) -> Expression {
        guard case .number(let text) = current.kind, !current.isApart else {
            throw Problem(
                start.offset, "unexpected '-': a name has letters, digits and _, and there is no arithmetic")
        }
        advance()
        return .number("-" + text, offset: start.offset)
    }

    /// `.admin`, or `.` alone, which is `this`.
    private mutating func afterPoint(_ start: ExpressionToken) throws(Problem) -> Expression {
        if case .identifier(let name) = current.kind, !current.isApart {
            advance()
            return try members(of: .implicitMember(name, offset: start.offset))
        }
        return .this(offset: start.offset)
    }

    private mutating func parenthesised() throws(Problem) -> Expression {
        let value = try expression()
        guard take(")") else {
            throw isAtEnd ? Problem(offset, "a ')' is missing") : unexpected()
        }
        // A function without arguments: `(now)`.
        if case .name = value { return .call(value, []) }
        return try members(of: value)
    }

    /// `.name`, `?.name` and `(arguments)` after a value, as far as they go.
    private mutating func members(of base: Expression) throws(Problem) -> Expression {
        var value = base
        while case .symbol(let sign) = current.kind, !current.isApart, ["?.", ".", "("].contains(sign) {
            advance()
            if sign == "(" {
                value = .call(value, try parenthesisedArguments())
            } else {
                value = .member(value, try memberName(), isOptional: sign == "?.")
            }
        }
        return value
    }

    private mutating func memberName() throws(Problem) -> String {
        switch current.kind {
        case .identifier(let name) where !current.isApart:
            advance()
            return name
        case .number(let text) where !text.contains("."):
            advance()
            return text
        default: throw Problem(offset, "a name is missing after the point")
        }
    }

    /// As Swift writes them: `(a, b: c)`.
    private mutating func parenthesisedArguments() throws(Problem) -> [Argument] {
        var arguments: [Argument] = []
        while !take(")") {
            if !arguments.isEmpty, !take(",") { throw isAtEnd ? Problem(offset, "a ')' is missing") : unexpected() }
            let start = current
            if case .identifier(let label) = start.kind, upcoming.kind == .symbol(":") {
                advance()
                advance()
                arguments.append(Argument(label: label, value: try expression(), offset: start.offset))
            } else {
                arguments.append(Argument(label: nil, value: try expression(), offset: start.offset))
            }
        }
        return arguments
    }
}
