import COpenSSL

/// Arguments for OpenSSL's named parameters (OSSL_PARAM(3)).
struct Parameters: ~Copyable {
    private var list: [OSSL_PARAM] = []
    /// Where the list points to for numbers, whose addresses must not change.
    private let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: maximumNumberCount)
    private var numberCount = 0

    private static let maximumNumberCount = 4

    deinit { numbers.deallocate() }

    mutating func add(_ key: StaticString, text: StaticString) {
        list.append(
            OSSL_PARAM_construct_utf8_string(
                key.pointer, UnsafeMutablePointer(mutating: text.pointer), text.utf8CodeUnitCount))
    }

    /// Bytes that stay where they are until the parameters have been used. OpenSSL only reads them.
    mutating func add(_ key: StaticString, bytes: UnsafeRawBufferPointer) {
        list.append(
            OSSL_PARAM_construct_octet_string(
                key.pointer, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count))
    }

    mutating func add(_ key: StaticString, number: Int) {
        precondition(numberCount < Self.maximumNumberCount)
        (numbers + numberCount).initialize(to: UInt64(number))
        list.append(OSSL_PARAM_construct_uint64(key.pointer, numbers + numberCount))
        numberCount += 1
    }

    /// Calls `body` with the list as OpenSSL takes it.
    mutating func use(_ body: (UnsafePointer<OSSL_PARAM>) -> Int32) -> Int32 {
        list.append(OSSL_PARAM_construct_end())
        return list.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}

extension StaticString {
    /// Zero-terminated, as literals are.
    fileprivate var pointer: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
