/// Comparisons whose time does not tell how much of a secret was right.
public enum ConstantTime {
    /// Whether two texts are the same bytes. The time follows from the length of `given` alone.
    public static func equal(_ given: String, _ secret: String) -> Bool {
        equal(Array(given.utf8), Array(secret.utf8))
    }

    /// Whether two byte strings are the same. The time follows from the length of `given` alone.
    public static func equal(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == secret.count ? 0 : 1
        // A secret of another length is compared with the given bytes themselves: as long, and no use.
        let other = given.count == secret.count ? secret : given
        for index in given.indices { difference |= given[index] ^ other[index] }
        return difference == 0
    }
}
