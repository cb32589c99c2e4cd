extension Context {
    /// Answers with a redirect.
    ///
    /// Only paths of this site are taken ("/posts/1"), unless `external` is true, so that a target which came from a
    /// user cannot lead elsewhere. Throws ``MisuseError`` for such a target and for one with control characters. 302
    /// by default; 303 after a form was handled, 307 or 308 to keep the method (RFC 9110 section 15.4).
    @discardableResult
    public func redirect(to target: String, status: Status = .found, external: Bool = false) throws -> Answered {
        let location = try checkedLocation(target, external: external)
        self.status = status
        setHeader("Location", location)
        send(.empty, type: .empty)
        return Answered()
    }
}

/// The value for Location: checked, with the bytes that a URI may not have percent-encoded (RFC 3986 section 2.1).
func checkedLocation(_ target: String, external: Bool) throws -> String {
    for byte in target.utf8 where byte < 0x20 || byte == 0x7F {
        throw MisuseError("a redirect's target has a control character")
    }
    if !external {
        // Browsers read "//host" and "/\host" as another site.
        let start = target.utf8.prefix(2)
        let second = start.dropFirst().first
        guard start.first == UInt8(ascii: "/"), second != UInt8(ascii: "/"), second != UInt8(ascii: "\\") else {
            throw MisuseError("a redirect to \(target) leaves the site: pass external: true if it may")
        }
    }
    guard target.utf8.contains(where: { $0 == 0x20 || $0 >= 0x80 }) else { return target }
    var encoded = ""
    for byte in target.utf8 {
        if byte == 0x20 || byte >= 0x80 {
            let digits = String(byte, radix: 16, uppercase: true)
            encoded += "%" + digits
        } else {
            encoded.unicodeScalars.append(Unicode.Scalar(byte))
        }
    }
    return encoded
}
