import COpenSSL

/// A scrypt hash in the PHC string format, taken apart: `$scrypt$ln=15,r=8,p=3$SALT$HASH`.
struct PHCString {
    let cost: ScryptCost
    let salt: [UInt8]
    let hash: [UInt8]

    /// Throws for anything else, also for a number or a Base64 text that could be written in another way.
    init(_ text: String) throws(CryptoError) {
        guard text.utf8.count <= PasswordHash.maximumByteCount else {
            throw CryptoError("password hash", "longer than \(PasswordHash.maximumByteCount) bytes")
        }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else {
            throw CryptoError("password hash", "not of the form $scrypt$ln=...,r=...,p=...$SALT$HASH")
        }
        guard let cost = Self.cost(parts[2]) else {
            throw CryptoError("password hash", "the cost is not of the form ln=15,r=8,p=3")
        }
        guard let salt = Self.bytes(parts[3]), salt.count >= 8, let hash = Self.bytes(parts[4]), hash.count >= 16 else {
            throw CryptoError("password hash", "salt or hash is not in Base64 without padding, or too short")
        }
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    init(cost: ScryptCost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    var text: String {
        "$scrypt$ln=\(cost.ln),r=\(cost.r),p=\(cost.p)$\(Self.base64(salt))$\(Self.base64(hash))"
    }

    private static func cost(_ text: Substring) -> ScryptCost? {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false)
        guard numbers.count == 3, let ln = number(numbers[0], "ln="), let r = number(numbers[1], "r="),
            let p = number(numbers[2], "p=")
        else { return nil }
        return ScryptCost(ln: ln, r: r, p: p)
    }

    private static func number(_ text: Substring, _ prefix: String) -> Int? {
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        guard let number = Int(digits), String(number) == digits else { return nil }
        return number
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        let padding = (4 - digits.count % 4) % 4
        let padded = digits + [UInt8](repeating: UInt8(ascii: "="), count: padding)
        var bytes = [UInt8](repeating: 0, count: padded.count / 4 * 3)
        let count = EVP_DecodeBlock(&bytes, padded, Int32(padded.count))
        guard count >= padding, padding < 3 else { return nil }
        bytes.removeLast(bytes.count - (Int(count) - padding))
        // EVP_DecodeBlock(3) takes blanks and stray bits.
        return base64(bytes).utf8.elementsEqual(digits) ? bytes : nil
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        // With a zero at the end.
        var digits = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = Int(EVP_EncodeBlock(&digits, bytes, Int32(bytes.count)))
        return String(decoding: digits[..<count].prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    }
}
