import Glibc
import Synchronization
import Testing

@testable import ZzzCrypto

/// scrypt (RFC 7914 section 12) and the PHC string format.
@Suite struct PasswordTests {
    private static let cheap = ScryptCost(ln: 4, r: 8, p: 1)

    @Test(arguments: [
        (
            "password", "NaCl", ScryptCost(ln: 10, r: 8, p: 16),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", ScryptCost(ln: 14, r: 8, p: 1),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ])
    func rfc7914(_ password: String, _ salt: String, _ cost: ScryptCost, _ expected: String) throws {
        let password = Array(password.utf8)
        let hash = try PasswordHash.compute(password.span.bytes, salt: Array(salt.utf8), cost, byteCount: 64)
        #expect(hash.hex == expected)
    }

    private func make(_ password: String, _ cost: ScryptCost = cheap) throws -> String {
        let password = Array(password.utf8)
        return try PasswordHash.make(password.span.bytes, cost: cost)
    }

    private func verify(_ password: String, _ hash: String) throws -> Bool {
        let password = Array(password.utf8)
        return try PasswordHash.verify(password.span.bytes, hash)
    }

    @Test(arguments: ["secret", "", "пароль", "a\0b"])
    func theRightPassword(_ password: String) throws {
        let hash = try make(password)
        #expect(hash.hasPrefix("$scrypt$ln=4,r=8,p=1$"))
        #expect(try verify(password, hash))
        #expect(try !verify(password + "x", hash))
        #expect(try make(password) != hash, "the salt is another each time")
        if !password.isEmpty { #expect(try !verify(String(password.dropLast()), hash)) }
    }

    @Test func aHashThatWasMadeElsewhere() throws {
        // The second example of RFC 7914 section 12 in the PHC format, cut to 32 bytes as scrypt allows: its output
        // is one long stream.
        let hash = "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"
        #expect(try verify("pleaseletmein", hash))
        #expect(try !verify("pleaseletmeout", hash))
    }

    @Test(arguments: [
        "", "$", "secret", "$scrypt$", "$argon2id$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$r=8,ln=4,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=04,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=+4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=99999999999999999999,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA$",
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAA!",
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$ AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=4,r=8,p=1$$",
    ])
    func whatIsNoHash(_ text: String) {
        #expect(throws: CryptoError.self) { try verify("secret", text) }
    }

    @Test(arguments: [
        (0, 8, 1, false), (1, 8, 1, true), (20, 1, 1, true), (21, 1, 1, false), (4, 0, 1, false), (4, 1, 1, true),
        (4, 32, 1, true), (4, 33, 1, false), (4, 8, 0, false), (4, 8, 64, true), (4, 8, 65, false),
        (-1, 8, 1, false), (17, 8, 8, true), (17, 8, 9, false), (17, 9, 1, false), (18, 8, 1, false),
        (.max, .max, .max, false),
    ])
    func theCostHasLimits(_ ln: Int, _ r: Int, _ p: Int, _ isTaken: Bool) {
        let isFine = (try? ScryptCost(ln: ln, r: r, p: p).check()) != nil
        #expect(isFine == isTaken)
    }

    @Test func aStoredHashCannotAskForTooMuch() {
        let error = #expect(throws: CryptoError.self) {
            try verify("secret", "$scrypt$ln=20,r=8,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA")
        }
        #expect(error?.description.contains("ln=20,r=8,p=1 is out of range") == true)
    }

    @Test(arguments: [(4095, true), (4096, true), (4097, false)])
    func aPasswordHasALimit(_ count: Int, _ isTaken: Bool) {
        #expect(((try? make(String(repeating: "x", count: count))) != nil) == isTaken)
    }

    @Test func aHashHasALimit() throws {
        // 10 + 11 + 16 + 1 bytes before the hash, of which four stand for three.
        func hash(_ byteCount: Int) -> String {
            let bytes = [UInt8](repeating: 2, count: byteCount)
            return PHCString(cost: Self.cheap, salt: [UInt8](repeating: 1, count: 12), hash: bytes).text
        }
        #expect(hash(163).utf8.count == 256)
        #expect(try !verify("secret", hash(163)))
        #expect(hash(164).utf8.count == 257)
        #expect(throws: CryptoError.self) { try verify("secret", hash(164)) }
    }

    @Test func theStandardCostIsWithinTheLimits() throws {
        try ScryptCost.standard.check()
        #expect(ScryptCost.standard.memoryByteCount == 32 << 20)
    }

    @Test func noMoreTakeTurnsThanThereAreTurns() {
        let turns = HashingTurns(count: 2)
        let state = Mutex((running: 0, most: 0))
        final class Work: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        let work = Work {
            for _ in 0..<100 {
                turns.take {
                    state.withLock {
                        $0.running += 1
                        $0.most = max($0.most, $0.running)
                    }
                    sched_yield()
                    state.withLock { $0.running -= 1 }
                }
            }
        }
        let threads = (0..<8).map { _ in
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { context in
                    Unmanaged<Work>.fromOpaque(context!).takeUnretainedValue().run()
                    return nil
                }, Unmanaged.passUnretained(work).toOpaque())
            return thread
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(state.withLock { $0.most } <= 2)
        withExtendedLifetime(work) {}
    }
}
