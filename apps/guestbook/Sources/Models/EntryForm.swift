import ZzzTemplate

/// What was typed into the form, and what is wrong with it. It is shown again as it was typed.
struct EntryForm: FormData, Sendable {
    var name = ""
    var message = ""
    /// By field: "name", "message", "picture".
    private(set) var errors: [String: String] = [:]

    /// The most characters of each.
    static let nameLength = 60
    static let messageLength = 2_000

    static let nameHint = "At most \(nameLength) characters."
    static let messageHint = "At most \(messageLength) characters."
    static let pictureHint = "PNG, JPEG, GIF or WebP, at most 2 MB."

    init() {}

    /// What came from a form or as JSON.
    init(name: String, message: String) {
        self.name = name
        self.message = message
        check("name", trimmedName, atMost: Self.nameLength, missing: "Please tell us your name.")
        check(
            "message", trimmedMessage, atMost: Self.messageLength, allowing: "\n\t", missing: "Please write something.")
    }

    var isValid: Bool { errors.isEmpty }

    /// Name and message as they are kept. Only of a valid form.
    var trimmedName: String { Self.trimmed(name) }
    var trimmedMessage: String { Self.trimmed(message) }

    // MARK: What the page shows

    let formName = ""

    func formValue(_ field: String) -> String? {
        switch field {
        case "name": name
        case "message": message
        default: nil
        }
    }

    func formErrors(_ field: String) -> [String] { errors[field].map { [$0] } ?? [] }

    // MARK: Checks

    mutating func refuse(_ field: String, _ reason: String) { errors[field] = reason }

    private mutating func check(
        _ field: String, _ text: String, atMost length: Int, allowing controls: String = "", missing: String
    ) {
        if text.isEmpty {
            refuse(field, missing)
        } else if text.count > length {
            refuse(field, "That is \(text.count) characters; \(length) fit here.")
        } else if text.unicodeScalars.contains(where: {
            $0.properties.generalCategory == .control && !controls.unicodeScalars.contains($0)
        }) {
            refuse(field, "There are characters in it that cannot be shown.")
        }
    }

    /// Without blanks at the ends, and with the line ends of Unix: browsers send those of the network.
    private static func trimmed(_ text: String) -> String {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\r\n" || $0 == "\n" }
        let unix = lines.joined(separator: "\n")
        guard let first = unix.firstIndex(where: { !$0.isWhitespace }),
            let last = unix.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(unix[first...last])
    }
}
