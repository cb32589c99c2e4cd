import Testing
import ZzzAppABI

@testable import ZzzHost

/// The functions of zzz_crypto, called as an app in C would. That they compute what they should is tested in
/// ZzzCryptoTests.
@Suite struct CryptoExtensionTests {
    let generation: Generation
    let table = CryptoExtension.table.pointee

    init() throws { generation = try ScriptedApp.make() }

    private typealias Call = (UnsafeMutablePointer<zzz_buffer>, UnsafeMutablePointer<zzz_error>) -> zzz_status

    private struct Outcome: Equatable {
        var status: zzz_status
        var bytes: [UInt8] = []
        var count = 0
        var message = ""
    }

    private func outcome(capacity: Int, _ call: Call) -> Outcome {
        let report = ErrorReport()
        var room = [CChar](repeating: 0, count: capacity)
        return room.withUnsafeMutableBufferPointer { room in
            var buffer = zzz_buffer(data: room.baseAddress, capacity: capacity, count: 0)
            let status = call(&buffer, report.pointer)
            let bytes = room.prefix(min(buffer.count, capacity)).map { UInt8(bitPattern: $0) }
            return Outcome(status: status, bytes: bytes, count: buffer.count, message: report.message)
        }
    }

    private func text(_ text: String) -> zzz_bytes { LentBytes(text).bytes }
    private func bytes(_ bytes: [UInt8]) -> zzz_bytes { LentBytes(bytes).bytes }
    private let null = zzz_bytes(data: nil, count: 5)

    @Test func digests() {
        let sha1 = UInt32(ZZZ_SHA1)
        let abc = outcome(capacity: 64) { table.digest(sha1, text("abc"), $0, $1) }
        #expect(abc.count == 20)
        #expect(abc.bytes.prefix(4) == [0xA9, 0x99, 0x3E, 0x36])
        // Nothing is written without room for all, and the count says how much it takes.
        let short = outcome(capacity: 19) { table.digest(sha1, text("abc"), $0, $1) }
        #expect(short == Outcome(status: Status.ok, bytes: [UInt8](repeating: 0, count: 19), count: 20))
        for algorithm in [0, 5, .max] as [UInt32] {
            #expect(outcome(capacity: 64) { table.digest(algorithm, text("abc"), $0, $1) }.status == Status.invalid)
        }
        #expect(outcome(capacity: 64) { table.digest(sha1, null, $0, $1) }.status == Status.invalid)
        #expect(table.digest(sha1, text("abc"), nil, nil) == Status.invalid)
    }

    @Test func authenticationCodesAndKeys() {
        let code = outcome(capacity: 64) {
            table.authentication_code(UInt32(ZZZ_SHA256), text("key"), text("data"), $0, $1)
        }
        #expect(code.status == Status.ok && code.count == 32)
        let sha1 = outcome(capacity: 64) {
            table.authentication_code(UInt32(ZZZ_SHA1), text("key"), text("data"), $0, $1)
        }
        #expect(sha1.status == Status.invalid && sha1.message == "SHA-1 is for digests only")
        let key = outcome(capacity: 40) { table.derive_key(text("secret"), text("sign"), text(""), $0, $1) }
        #expect(key.status == Status.ok && key.count == 40 && Set(key.bytes).count > 8)
        #expect(outcome(capacity: 0) { table.derive_key(text("s"), text("p"), text(""), $0, $1) }.status < 0)
        #expect(outcome(capacity: 8161) { table.derive_key(text("s"), text("p"), text(""), $0, $1) }.status < 0)
        #expect(outcome(capacity: 32) { table.derive_key(text(""), text("p"), text(""), $0, $1) }.status < 0)
        #expect(table.derive_key(text("s"), text("p"), text(""), nil, nil) == Status.invalid)
    }

    @Test func randomBytes() {
        var bytes = [UInt8](repeating: 0, count: 64)
        #expect(table.random(&bytes, 64, nil) == Status.ok)
        #expect(Set(bytes).count > 8)
        #expect(table.random(nil, 0, nil) == Status.ok)
        #expect(table.random(nil, 1, nil) == Status.invalid)
        #expect(table.random(&bytes, (1 << 20) + 1, nil) == Status.invalid)
    }

    @Test func comparison() {
        #expect(table.equal(text("abc"), text("abc")) == 1)
        #expect(table.equal(text("abc"), text("abd")) == 0)
        #expect(table.equal(text("abc"), text("ab")) == 0)
        #expect(table.equal(text(""), text("")) == 1)
        #expect(table.equal(null, null) == 0)
    }

    @Test func boxes() {
        let key = bytes([UInt8](0..<32))
        let box = outcome(capacity: 100) { table.seal(key, text("ctx"), text("secret"), $0, $1) }
        #expect(box.status == Status.ok && box.count == 6 + 28)
        let opened = outcome(capacity: 6) { table.open(key, text("ctx"), bytes(box.bytes), $0, $1) }
        #expect(opened == Outcome(status: Status.ok, bytes: Array("secret".utf8), count: 6))
        let other = outcome(capacity: 6) { table.open(key, text(""), bytes(box.bytes), $0, $1) }
        #expect(other.status == Status.notFound)
        #expect(outcome(capacity: 6) { table.open(key, text(""), text("short"), $0, $1) }.status == Status.notFound)
        #expect(outcome(capacity: 5) { table.open(key, text("ctx"), bytes(box.bytes), $0, $1) }.count == 6)
        #expect(outcome(capacity: 100) { table.seal(text("k"), text(""), text("x"), $0, $1) }.status == Status.invalid)
        #expect(outcome(capacity: 100) { table.open(text("k"), text(""), bytes(box.bytes), $0, $1) }.status < 0)
        #expect(outcome(capacity: 100) { table.seal(key, null, text("x"), $0, $1) }.status == Status.invalid)
    }

    @Test func passwords() {
        var cost = zzz_password_cost(size: UInt32(MemoryLayout<zzz_password_cost>.size), ln: 4, r: 8, p: 1)
        let hash = outcome(capacity: 256) { table.hash_password(text("secret"), &cost, $0, $1) }
        #expect(hash.status == Status.ok)
        #expect(String(decoding: hash.bytes, as: UTF8.self).hasPrefix("$scrypt$ln=4,r=8,p=1$"))
        #expect(table.verify_password(text("secret"), bytes(hash.bytes), nil) == Status.ok)
        #expect(table.verify_password(text("Secret"), bytes(hash.bytes), nil) == Status.notFound)
        #expect(table.verify_password(text("secret"), text("secret"), nil) == Status.invalid)
        #expect(table.verify_password(text("secret"), bytes([0xFF]), nil) == Status.invalid)
        cost.ln = 31
        #expect(outcome(capacity: 256) { table.hash_password(text("x"), &cost, $0, $1) }.status == Status.invalid)
        cost.size = 4
        #expect(outcome(capacity: 256) { table.hash_password(text("x"), &cost, $0, $1) }.status == Status.invalid)
        #expect(table.hash_password(text("x"), nil, nil, nil) == Status.invalid)
    }

    // MARK: Keys

    /// The key of RFC 8037 appendix A.2.
    private static let der: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00, 0xD7, 0x5A, 0x98, 0x01, 0x82, 0xB1,
        0x0A, 0xB7, 0xD5, 0x4B, 0xFE, 0xD3, 0xC9, 0x64, 0x07, 0x3A, 0x0E, 0xE1, 0x72, 0xF3, 0xDA, 0xA6, 0x23, 0x25,
        0xAF, 0x02, 0x1A, 0x68, 0xF7, 0x07, 0x51, 0x1A,
    ]

    private func makeKey(_ generation: Generation) -> (status: zzz_status, key: OpaquePointer?) {
        var key: OpaquePointer?
        let status = table.public_key(generation.handle, UInt32(ZZZ_KEY_DER), bytes(Self.der), &key, nil)
        return (status, key)
    }

    private func verify(_ key: OpaquePointer?) -> zzz_status {
        table.verify(key, UInt32(ZZZ_EDDSA), bytes([UInt8](repeating: 0, count: 64)), text("data"), nil)
    }

    @Test func aKeyLivesUntilItIsReleased() {
        let (status, key) = makeKey(generation)
        #expect(status == Status.ok && key != nil)
        #expect(verify(key) == Status.notFound)
        #expect(table.verify(key, 99, text("s"), text("d"), nil) == Status.invalid)
        #expect(table.verify(key, UInt32(ZZZ_EDDSA), null, text("d"), nil) == Status.invalid)
        #expect(table.release_key(key) == Status.ok)
        #expect(table.release_key(key) == Status.gone)
        #expect(verify(key) == Status.gone)
        for handle in [nil, OpaquePointer(bitPattern: 0xDEAD_BEEF)] {
            #expect(table.release_key(handle) == Status.gone)
            #expect(verify(handle) == Status.gone)
        }
    }

    @Test func aKeyEndsWithItsGeneration() {
        let key = makeKey(generation).key
        generation.abandon()
        #expect(verify(key) == Status.gone)
    }

    @Test func anAppHasSoManyKeys() {
        var keys: [OpaquePointer?] = []
        for _ in 0..<1024 {
            let (status, key) = makeKey(generation)
            #expect(status == Status.ok)
            keys.append(key)
        }
        #expect(makeKey(generation).status == Status.limit)
        #expect(table.release_key(keys[500]) == Status.ok)
        #expect(makeKey(generation).status == Status.ok)
        #expect(makeKey(generation).status == Status.limit)
        generation.abandon()
        #expect(verify(keys[0]) == Status.gone)
    }

    @Test func misuse() {
        var key: OpaquePointer?
        let der = bytes(Self.der)
        #expect(table.public_key(nil, UInt32(ZZZ_KEY_DER), der, &key, nil) == Status.invalid)
        #expect(table.public_key(generation.handle, UInt32(ZZZ_KEY_PEM), der, &key, nil) == Status.invalid)
        #expect(table.public_key(generation.handle, 0, der, &key, nil) == Status.invalid)
        #expect(table.public_key(generation.handle, UInt32(ZZZ_KEY_DER), null, &key, nil) == Status.invalid)
        #expect(table.public_key(generation.handle, UInt32(ZZZ_KEY_DER), der, nil, nil) == Status.invalid)
        #expect(key == nil)
    }
}
