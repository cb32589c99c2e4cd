import ZzzSpelling

/// Writes expressions in Swift, and notes which names they use.
struct ExpressionWriter {
    let assets: [String: Asset]
    /// The Swift names that were used since it was last emptied.
    var used: Set<String> = []

    // MARK: Values

    mutating func value(_ expression: Expression, _ scope: Scope) throws(Problem) -> String {
        if let path = Self.path(expression), let local = scope.found[path] { return use(local) }
        switch expression {
        case .name(let name, let offset): return try self.name(name, at: offset, scope)
        case .data(let name, let offset): return try data(name, at: offset, scope)
        case .this(let offset):
            guard let loop = scope.loop else {
                throw Problem(offset, "'this' is the item of {{#each}}, and here is none")
            }
            return use(loop.item)
        case .implicitMember(let name, _): return "." + SwiftName.quoted(name)
        case .string(let text, _): return SwiftLiteral.string(Array(text.utf8))
        case .number(let text, _): return text
        case .boolean(let value, _): return value ? "true" : "false"
        case .null: return "nil"
        case .member(let base, let name, let isOptional):
            let base = try value(base, scope)
            return base + (isOptional ? "?." : ".") + name
        case .call(let function, let arguments): return try call(function, arguments, scope)
        case .not, .binary("&&", _, _), .binary("||", _, _): return "(" + (try condition(expression, scope)) + ")"
        case .binary(let sign, let left, let right):
            let left = try value(left, scope)
            return "(\(left) \(sign) \(try value(right, scope)))"
        }
    }

    private mutating func use(_ name: String) -> String {
        used.insert(name)
        return SwiftName.quoted(name)
    }

    private mutating func name(_ name: String, at offset: Int, _ scope: Scope) throws(Problem) -> String {
        switch scope.names[name] {
        case .value(let swift): return use(swift)
        case .slot(let slot): throw Problem(offset, "'\(name)' is a slot: write {{yield \"\(slot.name)\"}}")
        case nil:
            // A type, whose members are written out: Site.name
            if name.first?.isUppercase == true { return name }
            let meant = NearestName.of(name, among: scope.names.keys.sorted())
            let advice =
                meant.map { "did you mean '\($0)'?" }
                ?? "declare it with {{@ \(name): Type }}; a function is called with ()"
            throw Problem(offset, "unknown name '\(name)': \(advice)")
        }
    }

    private static let loopData = ["index", "first", "last", "key"]
    private static let pageData = ["csrfToken": "formToken?.value", "locale": "locale.tag", "nonce": "nonce"]

    private mutating func data(_ name: String, at offset: Int, _ scope: Scope) throws(Problem) -> String {
        if let member = Self.pageData[name] { return "output.environment.\(member)" }
        guard Self.loopData.contains(name) else {
            let known = Self.loopData + Self.pageData.keys.sorted()
            let advice =
                NearestName.of(name, among: known).map { "did you mean '@\($0)'?" }
                ?? "there are " + known.map { "@" + $0 }.joined(separator: ", ")
            throw Problem(offset, "unknown name '@\(name)': \(advice)")
        }
        guard let loop = scope.loop else {
            throw Problem(offset, "'@\(name)' belongs into {{#each}}")
        }
        switch name {
        case "first": return "(\(use(loop.index)) == 0)"
        case "last": return use(loop.last)
        case "key": return use(loop.keyName)
        default: return use(loop.index)
        }
    }

    // MARK: Functions

    private mutating func call(
        _ function: Expression, _ arguments: [Argument], _ scope: Scope
    ) throws(Problem) -> String {
        guard case .name(let name, let offset) = function else {
            return try value(function, scope) + "(\(try list(arguments, scope)))"
        }
        // A function of the library whose name something in the template has too.
        let isHidden = scope.names[name] != nil && Builtin.functions.contains(name)
        let head = (isHidden ? "ZzzTemplate." : "") + SwiftName.quoted(name)
        try Builtin.checkFormats(name, arguments)
        switch name {
        case "asset", "integrity": return try asset(name, offset, arguments)
        case "url": return "\(head)(\(try url(arguments, scope)))"
        default: return "\(head)(\(try list(Builtin.ordered(name, arguments), scope)))"
        }
    }

    private mutating func list(_ arguments: [Argument], _ scope: Scope) throws(Problem) -> String {
        var written: [String] = []
        for argument in arguments {
            let value = try value(argument.value, scope)
            written.append(argument.label.map { "\(SwiftName.quoted($0)): \(value)" } ?? value)
        }
        return written.joined(separator: ", ")
    }

    /// `url "/users" user.id page=2`: the beginning, segments of the path, and the query by name.
    private mutating func url(_ arguments: [Argument], _ scope: Scope) throws(Problem) -> String {
        var positional: [String] = []
        var query: [String] = []
        for argument in arguments {
            let value = try value(argument.value, scope)
            if let label = argument.label {
                query.append("(\"\(label)\", .init(\(value)))")
            } else {
                positional.append(positional.isEmpty ? value : ".init(\(value))")
            }
        }
        guard var written = positional.first else { return "" }
        if positional.count > 1 { written += ", path: [\(positional.dropFirst().joined(separator: ", "))]" }
        if !query.isEmpty { written += ", query: [\(query.joined(separator: ", "))]" }
        return written
    }

    /// `asset "app.css"`: known when the template is compiled.
    private func asset(_ function: String, _ offset: Int, _ arguments: [Argument]) throws(Problem) -> String {
        guard arguments.count == 1, case .string(let name, let place) = arguments[0].value else {
            throw Problem(offset, "the name of the asset is missing: \(function) \"app.css\"")
        }
        guard let asset = assets[name] else {
            let advice = NearestName.of(name, among: assets.keys.sorted()).map { "did you mean \"\($0)\"?" }
            throw Problem(place, "there is no asset \"\(name)\": " + (advice ?? "Assets/\(name) is missing"))
        }
        if function == "integrity" { return SwiftLiteral.string(Array(asset.integrity.utf8)) }
        return "TrustedURL(asset: \(SwiftLiteral.string(Array("\(name)?v=\(asset.digest)".utf8))))"
    }

    // MARK: Conditions

    /// A condition as a Swift Bool.
    mutating func condition(_ expression: Expression, _ scope: Scope) throws(Problem) -> String {
        switch expression {
        case .boolean(let value, _): return value ? "true" : "false"
        case .not(.not(let inner)): return try condition(inner, scope)
        case .not(let inner):
            if Self.isBoolean(inner) { return "!(" + (try condition(inner, scope)) + ")" }
            if let slot = Self.slot(inner, scope) { return "!" + slot.presence }
            return "output.truthy(\(try value(inner, scope))) == nil"
        case .binary("&&", let left, let right), .binary("||", let left, let right):
            let sign = if case .binary(let sign, _, _) = expression { sign } else { "" }
            let first = try condition(left, scope)
            return "(\(first)) \(sign) (\(try condition(right, scope)))"
        case .binary("??", _, _): return "output.truthy(\(try value(expression, scope))) != nil"
        case .binary(let sign, let left, let right):
            let left = try value(left, scope)
            return "\(left) \(sign) \(try value(right, scope))"
        default:
            if let slot = Self.slot(expression, scope) { return slot.presence }
            return "output.truthy(\(try value(expression, scope))) != nil"
        }
    }

    private static func isBoolean(_ expression: Expression) -> Bool {
        switch expression {
        case .boolean, .not: true
        case .binary(let sign, _, _): sign != "??"
        default: false
        }
    }

    static func slot(_ expression: Expression, _ scope: Scope) -> Signature.SlotDeclaration? {
        guard case .name(let name, _) = expression, case .slot(let slot)? = scope.names[name] else { return nil }
        return slot.isOptional ? slot : nil
    }

    /// How a path is written: `user.address`; nil when it is something else.
    static func path(_ expression: Expression) -> String? {
        switch expression {
        case .name(let name, _): name
        case .this: "this"
        case .member(let base, let name, let isOptional): path(base).map { $0 + (isOptional ? "?." : ".") + name }
        default: nil
        }
    }
}
