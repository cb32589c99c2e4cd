import Glibc
import Synchronization
import Testing
@testable import ZzzLog

@Suite struct AccessRingTests {
    private func ring(_ capacity: Int = 16 << 10) -> AccessRing {
        AccessRing(capacity: capacity, isEnabled: true, waker: LogWaker())
    }

    private func readAll(_ ring: AccessRing) -> [[String]] {
        var all: [[String]] = []
        while ring.readNext({ all.append(texts($0)) }) {}
        return all
    }

    @Test func `gives out what it took`() {
        let ring = ring()
        #expect(ring.isEmpty)
        AccessTexts().withRecord { ring.record($0) }
        #expect(!ring.isEmpty)
        var count = 0
        let isRead = ring.readNext { record in
            count += 1
            #expect(texts(record) == ["GET", "/users/7?a=b", "example.com", "blog", "", "curl/8"])
            #expect(record.time == sampleTime)
            #expect(record.duration == 1_234_567)
            #expect(record.status == 200)
            #expect(record.minorVersion == 1)
            #expect(record.requestBytes == 5)
            #expect(record.responseBytes == 13)
            #expect(record.requestID == 99)
            #expect(record.generation == 3)
            #expect(record.remote == .ipv4(UInt32(0x7F00_0001).bigEndian, port: 5000))
        }
        #expect(isRead)
        #expect(count == 1)
        #expect(ring.isEmpty)
        let isReadAgain = ring.readNext { _ in count += 1 }
        #expect(!isReadAgain)
        #expect(count == 1)
    }

    @Test func `cuts texts at their limits`() {
        let limits = AccessRecord.limits
        let ring = ring()
        for extra in [-1, 0, 1] {
            func text(_ limit: Int) -> String { String(repeating: "x", count: limit + extra) }
            let long = AccessTexts(
                method: text(limits.method), target: text(limits.target), host: text(limits.host),
                app: text(limits.app), referer: text(limits.referer), userAgent: text(limits.userAgent))
            long.withRecord { ring.record($0) }
            let counts = readAll(ring)[0].map(\.utf8.count)
            let expected = [limits.method, limits.target, limits.host, limits.app, limits.referer, limits.userAgent]
            #expect(counts == expected.map { min($0, $0 + extra) })
        }
    }

    @Test func `drops what does not fit, and counts it`() {
        let ring = ring()
        let size = AccessTexts().withRecord { AccessHeader($0).byteCount }
        let fitting = (16 << 10) / size
        for number in 0..<fitting + 2 {
            var texts = AccessTexts()
            texts.target = String(number % 10) + texts.target.dropFirst()
            texts.withRecord { ring.record($0) }
            // The last that fits, and the first that does not.
            if number == fitting - 1 { #expect(ring.takeDroppedCount() == 0) }
        }
        #expect(ring.takeDroppedCount() == 2)
        #expect(ring.takeDroppedCount() == 0)
        #expect(readAll(ring).count == fitting)
        AccessTexts().withRecord { ring.record($0) }
        #expect(readAll(ring).count == 1)
        #expect(ring.takeDroppedCount() == 0)
    }

    @Test func `goes round and round with records of every length`() {
        let ring = ring()
        var written: [[String]] = []
        var read: [[String]] = []
        for number in 0..<5000 {
            let texts = AccessTexts(target: String(repeating: "t", count: number % 2049), userAgent: "\(number)")
            texts.withRecord { ring.record($0) }
            written.append(["GET", texts.target, "example.com", "blog", "", "\(number)"])
            if number % 3 == 2 { read += readAll(ring) }
        }
        read += readAll(ring)
        #expect(ring.takeDroppedCount() == 0)
        #expect(read == written)
    }

    @Test func `takes nothing while it is off`() {
        let ring = ring()
        ring.isEnabled = false
        AccessTexts().withRecord { ring.record($0) }
        #expect(ring.isEmpty)
        ring.isEnabled = true
        AccessTexts().withRecord { ring.record($0) }
        #expect(!ring.isEmpty)
    }

    /// A writer and a reader on threads of their own: what is read is whole, in order, and all that was not dropped.
    @Test func `one thread writes while another reads`() {
        let ring = ring()
        let writer = Writer(ring: ring, count: 200_000)
        var thread = pthread_t()
        pthread_create(&thread, nil, writerBody, Unmanaged.passRetained(writer).toOpaque())
        var read = 0
        var last = -1
        var dropped = 0
        while true {
            let isLast = writer.isDone.load(ordering: .acquiring)
            while ring.readNext({ record in
                let number = Int(record.requestID)
                #expect(number > last)
                #expect(record.target.count == number % 300)
                #expect(record.target.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) })
                last = number
            }) { read += 1 }
            dropped += ring.takeDroppedCount()
            if isLast { break }
        }
        pthread_join(thread, nil)
        #expect(read + dropped == 200_000)
        #expect(read > 0)
    }
}

private final class Writer: Sendable {
    let ring: AccessRing
    let count: Int
    let isDone = Atomic<Bool>(false)

    init(ring: AccessRing, count: Int) {
        self.ring = ring
        self.count = count
    }

    func run() {
        var bytes = [UInt8](repeating: 0, count: 300)
        for number in 0..<count {
            let length = number % 300
            for index in 0..<length { bytes[index] = UInt8(truncatingIfNeeded: number) }
            bytes.withUnsafeBytes { bytes in
                var record = AccessRecord(time: 0, duration: 0, status: 200, remote: .none)
                record.requestID = UInt64(number)
                record.target = UnsafeRawBufferPointer(rebasing: bytes[..<length])
                ring.record(record)
            }
        }
        isDone.store(true, ordering: .releasing)
    }
}

private func writerBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<Writer>.fromOpaque(context!).takeRetainedValue().run()
    return nil
}
