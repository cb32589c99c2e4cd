import ZzzAppABI

/// Passwords as they are stored: hashed by scrypt (RFC 7914), as text in the PHC string format,
/// `$scrypt$ln=15,r=8,p=3$SALT$HASH`.
///
/// ```swift
/// user.passwordHash = try await Password.hash(password, context)
/// guard try await Password.verify(password, user.passwordHash, context) else { throw Abort(.unauthorized) }
/// ```
/// Each takes tenths of a second of a core on purpose, which are spent on a thread of the daemon's blocking pool: the
/// loop goes on. Limit how often it can be asked for: ``RateLimit``.
public enum Password {
    /// The work that one guess is: 128 * r * 2^ln bytes of memory, p times.
    public struct Cost: Sendable, Equatable {
        /// The logarithm of the cost in memory and time, 1 to 20.
        public var ln: Int
        /// The block size, 1 to 32.
        public var r: Int
        /// How many times the work is done, 1 to 64.
        public var p: Int

        public init(ln: Int, r: Int, p: Int) {
            self.ln = ln
            self.r = r
            self.p = p
        }

        /// 32 MiB, three times.
        public static let standard = Cost(ln: 15, r: 8, p: 3)
    }

    /// The text to store for a password of at most 4096 bytes.
    public static func hash(_ password: String, cost: Cost = .standard, _ context: Context) async throws -> String {
        let crypto = context.crypto
        return try await context.blocking { try crypto.hashPassword(password, cost) }
    }

    /// Whether `hash` was made of this password. Throws a ``HostError`` when it is no such text.
    public static func verify(_ password: String, _ hash: String, _ context: Context) async throws -> Bool {
        let crypto = context.crypto
        return try await context.blocking { try crypto.verifyPassword(password, hash) }
    }

    /// Whether a hash was made at another cost: when the password is right, store a new one.
    public static func isOutdated(_ hash: String, cost: Cost = .standard) -> Bool {
        !hash.hasPrefix("$scrypt$ln=\(cost.ln),r=\(cost.r),p=\(cost.p)$")
    }
}

extension Crypto {
    /// The longest text of a hash.
    private static let hashByteCount = 256

    fileprivate func hashPassword(_ password: String, _ cost: Password.Cost) throws -> String {
        let crypto = try table
        var hostCost = zzz_password_cost()
        hostCost.size = UInt32(MemoryLayout<zzz_password_cost>.size)
        hostCost.ln = UInt32(clamping: cost.ln)
        hostCost.r = UInt32(clamping: cost.r)
        hostCost.p = UInt32(clamping: cost.p)
        return try password.withBytes { password in
            try String(unsafeUninitializedCapacity: Self.hashByteCount) { room in
                var buffer = zzz_buffer(room, capacity: Self.hashByteCount)
                _ = try hostCall("hash password") { crypto.pointee.hash_password(password, &hostCost, &buffer, $0) }
                return buffer.count
            }
        }
    }

    fileprivate func verifyPassword(_ password: String, _ hash: String) throws -> Bool {
        let crypto = try table
        return try password.withBytes { password in
            try hash.withBytes { hash in
                try notFoundIsNil {
                    try hostCall("verify password") { crypto.pointee.verify_password(password, hash, $0) }
                }
            }
        } != nil
    }
}
