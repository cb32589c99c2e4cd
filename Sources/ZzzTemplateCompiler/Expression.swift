/// What a tag computes: translated to Swift, which checks its types.
indirect enum Expression {
    /// A name that the template or a block declares.
    case name(String, offset: Int)
    /// `@index` and its like.
    case data(String, offset: Int)
    /// `this`: the item of the innermost `{{#each}}`.
    case this(offset: Int)
    /// `.admin`: a member of whatever type is expected.
    case implicitMember(String, offset: Int)
    /// With its escapes resolved.
    case string(String, offset: Int)
    /// As Swift writes it.
    case number(String, offset: Int)
    case boolean(Bool, offset: Int)
    case null(offset: Int)
    /// `base.name`, or `base?.name`.
    case member(Expression, String, isOptional: Bool)
    /// A function with its arguments: `date post.created format="short"`, `user.name.uppercased()`.
    case call(Expression, [Argument])
    case not(Expression)
    /// `&&`, `==` and the like.
    case binary(String, Expression, Expression)

    /// Where it begins.
    var offset: Int {
        switch self {
        case .name(_, let offset), .data(_, let offset), .this(let offset), .implicitMember(_, let offset),
            .string(_, let offset), .number(_, let offset), .boolean(_, let offset), .null(let offset):
            offset
        case .member(let base, _, _), .call(let base, _), .not(let base), .binary(_, let base, _): base.offset
        }
    }
}

struct Argument {
    let label: String?
    let value: Expression
    let offset: Int
}
