/// How much work one guess at a password is (RFC 7914 section 2). The memory is 128 * r * 2^ln bytes.
public struct ScryptCost: Sendable, Equatable {
    /// The logarithm of N, the cost in memory and time.
    public var ln: Int
    /// The block size.
    public var r: Int
    /// How many times the work is done, one after the other.
    public var p: Int

    public init(ln: Int, r: Int, p: Int) {
        self.ln = ln
        self.r = r
        self.p = p
    }

    /// 32 MiB, three times: of the settings in OWASP's Password Storage Cheat Sheet, which are of equal strength, the
    /// one with the least memory that is given back at once. Less comes out of a heap (mallopt(3),
    /// M_MMAP_THRESHOLD), where each thread that has hashed would keep it.
    public static let standard = ScryptCost(ln: 15, r: 8, p: 3)

    /// The most memory that a hash may ask for.
    public static let maximumMemoryByteCount = 128 << 20
    /// The most memory that it may go through, p times what it asks for.
    public static let maximumWorkByteCount = 1 << 30

    /// Throws for what scrypt does not define, for too much memory, and for too much work.
    func check() throws(CryptoError) {
        guard 1...20 ~= ln, 1...32 ~= r, 1...64 ~= p, memoryByteCount <= Self.maximumMemoryByteCount,
            memoryByteCount * p <= Self.maximumWorkByteCount
        else {
            throw CryptoError(
                "password hash",
                "the cost ln=\(ln),r=\(r),p=\(p) is out of range: ln 1 to 20, r 1 to 32, p 1 to 64, "
                    + "128 * r * 2^ln at most 128 MiB, and p times that at most 1 GiB")
        }
    }

    var memoryByteCount: Int { 128 * r << ln }
}
