/// URLs in attributes and in CSS.
extension HTMLOutput {
    /// Writes a whole URL. One whose scheme could run code becomes `about:invalid#zzz`: allowed are http, https,
    /// mailto, tel, sms and URLs without a scheme; make a ``TrustedURL`` of others.
    public mutating func url(_ value: some TemplateValue) { whole(value, URLEscape.self) }
    public mutating func url(_ value: some TrustedURLValue) { trusted(value, URLEscape.self) }
    @_disfavoredOverload
    public mutating func url(_ value: some CustomStringConvertible) { url(value.description) }

    /// Writes one URL of a list of them.
    public mutating func listURL(_ value: some TemplateValue) { whole(value, ListURLEscape.self) }
    public mutating func listURL(_ value: some TrustedURLValue) { trusted(value, ListURLEscape.self) }
    @_disfavoredOverload
    public mutating func listURL(_ value: some CustomStringConvertible) { listURL(value.description) }

    /// Writes a whole URL in a style element.
    public mutating func styleURL(_ value: some TemplateValue) { whole(value, StyleURLEscape.self) }
    public mutating func styleURL(_ value: some TrustedURLValue) { trusted(value, StyleURLEscape.self) }
    @_disfavoredOverload
    public mutating func styleURL(_ value: some CustomStringConvertible) { styleURL(value.description) }

    /// Writes a URL from which code is loaded. A String is refused by the compiler: see ``TrustedURL``.
    public mutating func resourceURL(_ value: some TrustedURLValue) { url(value) }

    /// Writes a URL as text, or in an attribute of another kind: `data-from="{{url "/users"}}"`.
    public mutating func text(_ value: some TrustedURLValue) { trusted(value, TextEscape.self) }
    public mutating func attribute(_ value: some TrustedURLValue) { trusted(value, TextEscape.self) }

    /// Writes a part of a URL: everything but letters, digits and `- . _ ~` is percent-encoded (RFC 3986 section 2.3).
    public mutating func urlPart(_ value: some TemplateValue) {
        let start = used
        value.write(to: &self)
        escape(from: start, URLPartEscape.self)
    }
    @_disfavoredOverload
    public mutating func urlPart(_ value: some CustomStringConvertible) { urlPart(value.description) }

    /// Writes a part of an address behind `mailto:` or `tel:`, where `@` and `+` stay as well.
    public mutating func address(_ value: some TemplateValue) {
        let start = used
        value.write(to: &self)
        escape(from: start, AddressEscape.self)
    }
    @_disfavoredOverload
    public mutating func address(_ value: some CustomStringConvertible) { address(value.description) }

    private mutating func whole<Kind: Escaping>(_ value: some TemplateValue, _ kind: Kind.Type) {
        let start = used
        value.write(to: &self)
        // More than the page's limit: nothing of it is sent.
        guard start <= used else { return }
        if URLScheme.isHarmless(UnsafeRawBufferPointer(start: memory + start, count: used - start)) {
            escape(from: start, kind)
        } else {
            used = start
            append("about:invalid#zzz" as StaticString)
        }
    }

    private mutating func trusted<Kind: Escaping>(_ value: some TrustedURLValue, _ kind: Kind.Type) {
        guard let value = value.trustedURL else { return }
        let start = used
        switch value.prefix {
        case .none: break
        case .mount: append(environment.mount)
        case .assets: append(environment.assetPrefix)
        }
        append(value.text)
        escape(from: start, kind)
    }
}

enum URLScheme {
    /// Whether a URL has no scheme, or one that runs nothing. What browsers skip before a scheme, or in it, is no
    /// part of these names.
    static func isHarmless(_ url: UnsafeRawBufferPointer) -> Bool {
        let end = url.firstIndex { ":/?#".utf8.contains($0) }
        guard let end, url[end] == UInt8(ascii: ":") else { return true }
        return ["http", "https", "mailto", "tel", "sms"].contains { name in
            name.utf8.count == end && zip(name.utf8, url).allSatisfy { $0 == $1 | 0x20 }
        }
    }
}

/// Writes a byte as `%` and two digits.
@usableFromInline
func writePercent(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
    target[0] = UInt8(ascii: "%")
    target[1] = hexadecimalDigit(byte >> 4)
    target[2] = hexadecimalDigit(byte & 15)
    return 3
}

func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

extension UInt8 {
    /// Letters, digits and `- . _ ~` (RFC 3986 section 2.3).
    var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), "-", ".", "_", "~":
            true
        default: false
        }
    }

    /// What has a meaning in a URL and none in HTML or CSS, and `%`: it is encoded already.
    fileprivate var staysInURL: Bool {
        switch self {
        case "!", "*", ";", ":", "@", "=", "+", "$", ",", "/", "?", "#", "[", "]", "%": true
        default: isUnreserved
        }
    }
}

/// A whole URL in an attribute: what has a meaning in a URL stays, the rest is percent-encoded.
enum URLEscape: Escaping {
    static func count(_ byte: UInt8) -> Int {
        byte == UInt8(ascii: "&") ? 5 : byte.staysInURL ? 1 : 3
    }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if byte == UInt8(ascii: "&") { return TextEscape.write(byte, to: target) }
        guard byte.staysInURL else { return writePercent(byte, to: target) }
        target.pointee = byte
        return 1
    }
}

/// A whole URL in a style element, where `&` is nothing special.
enum StyleURLEscape: Escaping {
    static func count(_ byte: UInt8) -> Int {
        byte == UInt8(ascii: "&") || byte.staysInURL ? 1 : 3
    }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard count(byte) == 1 else { return writePercent(byte, to: target) }
        target.pointee = byte
        return 1
    }
}

/// A URL in a list, whose items a comma separates.
enum ListURLEscape: Escaping {
    static func count(_ byte: UInt8) -> Int {
        byte == UInt8(ascii: ",") ? 3 : URLEscape.count(byte)
    }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        byte == UInt8(ascii: ",") ? writePercent(byte, to: target) : URLEscape.write(byte, to: target)
    }
}

/// A part of a URL.
enum URLPartEscape: Escaping {
    static func count(_ byte: UInt8) -> Int { byte.isUnreserved ? 1 : 3 }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard byte.isUnreserved else { return writePercent(byte, to: target) }
        target.pointee = byte
        return 1
    }
}

/// A part of an address.
enum AddressEscape: Escaping {
    static func count(_ byte: UInt8) -> Int {
        byte.isUnreserved || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "+") ? 1 : 3
    }

    static func write(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard count(byte) == 1 else { return writePercent(byte, to: target) }
        target.pointee = byte
        return 1
    }
}
