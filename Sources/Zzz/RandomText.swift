/// Random text that nobody can foresee.
public enum RandomText {
    /// Twice as many hexadecimal digits as there are bytes.
    public static func hexadecimal(bytes count: Int) -> String {
        let digits: StaticString = "0123456789abcdef"
        let bytes = Crypto.process.random(max(0, count))
        return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = digits.utf8Start[Int(byte >> 4)]
                text[2 * index + 1] = digits.utf8Start[Int(byte & 15)]
            }
            return 2 * bytes.count
        }
    }
}
