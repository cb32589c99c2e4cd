import COpenSSL
import ZzzTemplateCompiler

/// Digests of the files that pages link to.
enum AssetDigest {
    static func all(below folder: String) throws(FileError) -> [String: Asset] {
        var assets: [String: Asset] = [:]
        for file in try Files.below(folder) { assets[file] = asset(try Files.read(folder + "/" + file)) }
        return assets
    }

    private static func asset(_ bytes: [UInt8]) -> Asset {
        var digest = [UInt8](repeating: 0, count: 48)
        let isDone = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha384(), nil)
        precondition(isDone == 1, "EVP_Digest fails for nothing but a lack of memory")
        let short = digest.prefix(6).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return Asset(digest: short, integrity: "sha384-" + base64(digest))
    }

    /// 48 bytes, which need no padding (RFC 4648 section 4).
    private static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let word = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
            for shift in [18, 12, 6, 0] { text.append(letters[Int(word >> UInt32(shift) & 63)]) }
        }
        return text
    }
}
