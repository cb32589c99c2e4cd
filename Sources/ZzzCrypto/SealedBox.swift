import COpenSSL

/// AES-256-GCM (NIST SP 800-38D): hides a text and proves that nobody has changed it.
///
/// A box is the nonce (12 bytes), the hidden text, and the tag (16 bytes). The nonce is random, so one key is good for
/// 2^32 boxes (SP 800-38D section 8.3).
public enum SealedBox {
    public static let keyByteCount = 32
    /// How many bytes a box has more than its text.
    public static let overheadByteCount = nonceByteCount + tagByteCount
    /// The longest text, in bytes: OpenSSL counts in 32 bits.
    public static let maximumTextByteCount = 1 << 30

    private static let nonceByteCount = 12
    private static let tagByteCount = 16

    /// Writes the box to the first `text.byteCount + overheadByteCount` bytes of `box`.
    /// - Parameter context: what the box belongs to: it is not in the box, and must be the same to open it.
    public static func seal(
        _ text: RawSpan, key: RawSpan, authenticating context: RawSpan, into box: inout MutableRawSpan
    ) throws(CryptoError) {
        try check("seal", key, text.byteCount, context, room: box.byteCount, need: text.byteCount + overheadByteCount)
        let cipher = try CipherContext("seal")
        let isSealed = key.withUnsafeBytes { key in
            text.withUnsafeBytes { text in
                context.withUnsafeBytes { context in
                    box.withUnsafeMutableBytes { box in
                        cipher.seal(text, key: key, context, nonceByteCount, tagByteCount, into: box.bytes!)
                    }
                }
            }
        }
        guard isSealed else { throw .openSSL("seal") }
    }

    /// Writes the text to the first `box.byteCount - overheadByteCount` bytes of `text`.
    /// - Returns: false when the box was forged or belongs to another key or context; there is nothing in `text` then.
    public static func open(
        _ box: RawSpan, key: RawSpan, authenticating context: RawSpan, into text: inout MutableRawSpan
    ) throws(CryptoError) -> Bool {
        let count = box.byteCount - overheadByteCount
        guard count >= 0 else { return false }
        try check("open", key, count, context, room: text.byteCount, need: count)
        let cipher = try CipherContext("open")
        let isOpen = key.withUnsafeBytes { key in
            box.withUnsafeBytes { box in
                context.withUnsafeBytes { context in
                    text.withUnsafeMutableBytes { text in
                        let isOpen = cipher.open(box, key: key, context, nonceByteCount, tagByteCount, into: text.bytes)
                        // Nobody may use what was not proved.
                        if !isOpen, let start = text.baseAddress { OPENSSL_cleanse(start, count) }
                        return isOpen
                    }
                }
            }
        }
        if !isOpen { ERR_clear_error() }
        return isOpen
    }

    /// The box of a text.
    public static func seal(
        _ text: [UInt8], key: [UInt8], authenticating context: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        try [UInt8](count: text.count + overheadByteCount) { box throws(CryptoError) in
            try seal(text.span.bytes, key: key.span.bytes, authenticating: context.span.bytes, into: &box)
        }
    }

    /// The text of a box, nil when it was forged.
    public static func open(
        _ box: [UInt8], key: [UInt8], authenticating context: [UInt8] = []
    ) throws(CryptoError) -> [UInt8]? {
        var isOpen = false
        let text = try [UInt8](count: max(0, box.count - overheadByteCount)) { text throws(CryptoError) in
            isOpen = try open(
                box.span.bytes, key: key.span.bytes, authenticating: context.span.bytes, into: &text)
        }
        return isOpen ? text : nil
    }

    private static func check(
        _ operation: String, _ key: RawSpan, _ textByteCount: Int, _ context: RawSpan, room: Int, need: Int
    ) throws(CryptoError) {
        guard key.byteCount == keyByteCount else {
            throw CryptoError(operation, "a key of \(key.byteCount) bytes; it must have \(keyByteCount)")
        }
        guard textByteCount <= maximumTextByteCount, context.byteCount <= maximumTextByteCount else {
            throw CryptoError(operation, "more than \(maximumTextByteCount) bytes")
        }
        guard room >= need else { throw CryptoError(operation, "room for \(room) bytes, \(need) are needed") }
    }
}

/// EVP_CIPHER_CTX
private struct CipherContext: ~Copyable {
    private let pointer: OpaquePointer

    init(_ operation: String) throws(CryptoError) {
        guard let pointer = EVP_CIPHER_CTX_new() else { throw .openSSL(operation) }
        self.pointer = pointer
    }

    /// Forgets the key too.
    deinit { EVP_CIPHER_CTX_free(pointer) }

    func seal(
        _ text: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, _ context: UnsafeRawBufferPointer,
        _ nonceByteCount: Int, _ tagByteCount: Int, into box: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let hidden = box + nonceByteCount
        var count: Int32 = 0
        guard RAND_bytes(box, Int32(nonceByteCount)) == 1,
            EVP_EncryptInit_ex2(pointer, Algorithms.shared.aes256GCM, key.octets, box, nil) == 1,
            context.isEmpty || EVP_EncryptUpdate(pointer, nil, &count, context.octets, Int32(context.count)) == 1,
            text.isEmpty || EVP_EncryptUpdate(pointer, hidden, &count, text.octets, Int32(text.count)) == 1,
            EVP_EncryptFinal_ex(pointer, hidden + text.count, &count) == 1
        else { return false }
        return EVP_CIPHER_CTX_ctrl(
            pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), hidden + text.count) == 1
    }

    func open(
        _ box: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, _ context: UnsafeRawBufferPointer,
        _ nonceByteCount: Int, _ tagByteCount: Int, into text: UnsafeMutablePointer<UInt8>?
    ) -> Bool {
        guard let nonce = box.octets else { return false }
        let textByteCount = box.count - nonceByteCount - tagByteCount
        let hidden = nonce + nonceByteCount
        // EVP_CTRL_AEAD_SET_TAG only reads the tag.
        let tag = UnsafeMutableRawPointer(mutating: hidden + textByteCount)
        var count: Int32 = 0
        var nothing: UInt8 = 0
        guard EVP_DecryptInit_ex2(pointer, Algorithms.shared.aes256GCM, key.octets, nonce, nil) == 1,
            context.isEmpty || EVP_DecryptUpdate(pointer, nil, &count, context.octets, Int32(context.count)) == 1,
            textByteCount == 0 || EVP_DecryptUpdate(pointer, text, &count, hidden, Int32(textByteCount)) == 1,
            EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), tag) == 1
        else { return false }
        return EVP_DecryptFinal_ex(pointer, &nothing, &count) == 1
    }
}
