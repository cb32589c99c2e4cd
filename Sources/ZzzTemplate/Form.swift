/// What a form shows: a draft with what is wrong in it. Changesets are form data; your own types may be, too.
///
/// ```swift
/// struct SignUp: FormData {
///     var email = ""
///     var problems: [String: [String]] = [:]
///     let formName = "user"
///     func formValue(_ field: String) -> String? { field == "email" ? email : nil }
///     func formErrors(_ field: String) -> [String] { problems[field] ?? [] }
/// }
/// ```
public protocol FormData {
    /// What the names of the fields begin with: "user" for `user[email]`; "" for `email` alone.
    var formName: String { get }
    /// What is in the field: what was typed, or else what is stored.
    func formValue(_ field: String) -> String?
    /// What is wrong with it, as users read it; empty before they have sent anything.
    func formErrors(_ field: String) -> [String]
    /// What is wrong with no field in particular.
    var formErrors: [String] { get }
}

extension FormData {
    public var formErrors: [String] { [] }
}

/// A form in a template: `{{#form draft as |form|}}`. Its members are its fields: `form.email`.
@dynamicMemberLookup
public struct Form<Data: FormData> {
    private let data: Data

    public init(_ data: Data) { self.data = data }

    public subscript(dynamicMember name: String) -> FormField { self[name] }

    /// What is wrong with no field in particular.
    public var errors: [String] { data.formErrors }

    /// The field of this name.
    public subscript(name: String) -> FormField {
        let prefix = data.formName
        return FormField(
            name: prefix.isEmpty ? name : "\(prefix)[\(name)]", id: prefix.isEmpty ? name : "\(prefix)_\(name)",
            value: data.formValue(name), errors: data.formErrors(name))
    }
}

/// One field of a form: what components for fields take.
public struct FormField: Sendable {
    /// As the form sends it: "user[email]".
    public var name: String
    /// For labels: "user_email".
    public var id: String
    public var value: String?
    /// What is wrong with it, as users read it.
    public var errors: [String]

    public init(name: String, id: String, value: String? = nil, errors: [String] = []) {
        self.name = name
        self.id = id
        self.value = value
        self.errors = errors
    }

    public var isValid: Bool { errors.isEmpty }
    /// Whether a checkbox for it is checked.
    public var isChecked: Bool { value == "true" || value == "on" || value == "1" }
}

extension HTMLOutput {
    /// Writes the hidden field against forgery, if the environment has one.
    public mutating func formToken() {
        guard let token = environment.formToken else { return }
        append("<input type=\"hidden\" name=\"" as StaticString)
        text(token.name)
        append("\" value=\"" as StaticString)
        text(token.value)
        append("\">" as StaticString)
    }
}
