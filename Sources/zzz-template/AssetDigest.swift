import COpenSSL
import ZzzBase64
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
        return Asset(digest: short, integrity: "sha384-" + Base64.encode(digest, .standard))
    }
}
