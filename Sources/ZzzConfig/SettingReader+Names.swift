import Glibc

extension SettingReader where Value == String {
    /// An absolute path without `.` or `..` steps.
    static var absolutePath: Self {
        .text("absolute path", format: { $0 }) { text throws(SettingProblem) in
            guard text.hasPrefix("/") else { throw SettingProblem(message: "it must be an absolute path") }
            guard !text.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
                throw SettingProblem(message: "it must have no \".\" or \"..\" in it")
            }
            guard text.utf8.count < 4096 else { throw SettingProblem(message: "it must be shorter than 4096 bytes") }
            return text
        }
    }

    /// An absolute path that fits a unix socket's address.
    static var socketPath: Self {
        let longest = ListenAddress.longestUnixPath
        return .text("absolute path of at most \(longest) bytes", format: { $0 }) { text throws(SettingProblem) in
            guard text.hasPrefix("/") else { throw SettingProblem(message: "it must be an absolute path") }
            guard text.utf8.count <= longest else {
                throw SettingProblem(message: "a unix socket's path can have at most \(longest) bytes")
            }
            return text
        }
    }

    /// `/`, or `/a/b` without a slash at the end.
    static var mountPath: Self {
        .text("path such as `/` or `/blog`", format: { $0 }) { text throws(SettingProblem) in
            guard text.hasPrefix("/") else { throw SettingProblem(message: "it must begin with \"/\"") }
            if text == "/" { return text }
            guard !text.hasSuffix("/"), !text.contains("//") else {
                throw SettingProblem(message: "it must have no empty part: no \"/\" at its end, no \"//\"")
            }
            guard text.utf8.count <= 255 else { throw SettingProblem(message: "it must have at most 255 bytes") }
            guard !text.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
                throw SettingProblem(message: "it must have no \".\" or \"..\" in it")
            }
            // RFC 3986 3.3: unreserved and the harmless of the others; `:` and `*` mean something to the router.
            let others = Set("/-._~!$&'()+,;=@".utf8)
            guard text.utf8.allSatisfy({ isASCIIAlphanumeric($0) || others.contains($0) }) else {
                throw SettingProblem(message: "it may have letters, digits and -._~!$&'()+,;=@ between its slashes")
            }
            return text
        }
    }

    /// A host name as RFC 1123 2.1 allows, an IP address, or `*.` and a host name. It becomes lower case.
    static var hostName: Self {
        .text("host name such as `example.com` or `*.example.com`", format: { $0 }) { text throws(SettingProblem) in
            let name = text.lowercased()
            if name.hasPrefix("["), (try? ListenAddress(name + ":0")) != nil { return name }
            let bare = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name
            let others = Set("-_".utf8)
            let labels = bare.split(separator: ".", omittingEmptySubsequences: false)
            let isValid = labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { isASCIIAlphanumeric($0) || others.contains($0) }
            }
            guard isValid, bare.utf8.count <= 253 else {
                throw SettingProblem(
                    message: "it must be a host name such as \"example.com\" or \"*.example.com\", without a port")
            }
            return name
        }
    }

    /// Addresses that begin with the same bits (RFC 4632 section 3.1), or `unix`.
    static var addressRange: Self {
        .text("range such as `10.0.0.0/8`, address, or `unix`", format: { $0 }) { text throws(SettingProblem) in
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let isVersion4 = ListenAddress.isAddress(String(parts[0]), family: AF_INET)
            guard text == "unix" || isVersion4 || ListenAddress.isAddress(String(parts[0]), family: AF_INET6) else {
                throw SettingProblem(message: "it must be a range such as \"10.0.0.0/8\", an address, or \"unix\"")
            }
            let most = isVersion4 ? 32 : 128
            guard parts.count == 1 || parts[1].utf8.allSatisfy(isDigit) && Int(parts[1]).map({ $0 <= most }) == true
            else { throw SettingProblem(message: "the number behind the \"/\" must be from 0 to \(most)") }
            return text
        }
    }

    /// What can stand in a query parameter's name. `%` and `+` would be there only to encode something else.
    static var partOfParameterName: Self {
        .text("part of a name such as `token`", format: { $0 }) { text throws(SettingProblem) in
            let others = Set("%+&=;?#\u{7F}".utf8)
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && !others.contains($0) }) else {
                throw SettingProblem(message: "it must be a part of a name, without spaces and any of %+&=;?#")
            }
            guard text.utf8.count <= 64 else { throw SettingProblem(message: "it must have at most 64 bytes") }
            return text
        }
    }

    /// A name of a group (or its number) as groupadd(8) allows.
    static var groupName: Self {
        .text("name of a group", format: { $0 }) { text throws(SettingProblem) in
            let others = Set("_-.$".utf8)
            guard (1...32).contains(text.utf8.count), text.first != "-",
                text.utf8.allSatisfy({ isASCIIAlphanumeric($0) || others.contains($0) })
            else { throw SettingProblem(message: "it must be the name of a group") }
            return text
        }
    }
}

extension SettingReader where Value == UInt32 {
    /// File permissions as octal text.
    static var fileMode: Self {
        .text("octal text from `\"0600\"` to `\"0777\"`", format: formattedMode) { text throws(SettingProblem) in
            let isOctal = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
            guard isOctal, (3...4).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode <= 0o777 else {
                throw SettingProblem(message: "it must be permissions in octal, such as \"0660\"")
            }
            guard mode & 0o600 == 0o600 else {
                throw SettingProblem(message: "the daemon's own user must be able to read and write (0600)")
            }
            return mode
        }
    }
}

extension SettingReader where Value == ListenAddress {
    static var listenAddress: Self {
        .text("address", format: \.description) { text throws(SettingProblem) in
            do throws(ListenAddress.Problem) {
                return try ListenAddress(text)
            } catch {
                throw SettingProblem(message: "it \(error.description)")
            }
        }
    }
}

extension SettingReader where Value == AdminAddress {
    static var adminAddress: Self {
        .text("address or `\"off\"`", format: \.description) { text throws(SettingProblem) in
            do throws(ListenAddress.Problem) {
                return try AdminAddress(text)
            } catch {
                throw SettingProblem(message: "it \(error.description)")
            }
        }
    }
}

@Sendable private func formattedMode(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

private func isASCIIAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: false
    }
}
