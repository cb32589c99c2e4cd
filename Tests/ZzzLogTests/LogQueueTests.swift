import Testing
@testable import ZzzLog

@Suite struct LogQueueTests {
    @Test func `keeps the order and forgets what it gave out`() {
        let queue = LogQueue()
        for number in 0..<3 { queue.append(record("\(number)")) }
        #expect(queue.takeAll().records.map(\.message) == ["0", "1", "2"])
        #expect(queue.isEmpty)
        let (records, dropped) = queue.takeAll()
        #expect(records.isEmpty)
        #expect(dropped == 0)
    }

    @Test(arguments: [(9, 0), (10, 0), (11, 1)])
    func `holds as many records as its limit`(count: Int, lost: Int) {
        let queue = LogQueue(recordLimit: 10)
        for number in 0..<count { queue.append(record("\(number)")) }
        let (records, dropped) = queue.takeAll()
        #expect(records.count == count - lost)
        #expect(dropped == lost)
        #expect(queue.takeAll().dropped == 0)
        queue.append(record("again"))
        #expect(queue.takeAll().records.count == 1)
    }

    @Test(arguments: [(-1, 1), (0, 2), (1, 2)])
    func `holds as many bytes as its limit`(extra: Int, kept: Int) {
        let cost = record("x").cost
        let queue = LogQueue(byteLimit: 2 * cost + extra)
        for _ in 0..<3 { queue.append(record("x")) }
        let (records, dropped) = queue.takeAll()
        #expect(records.count == kept)
        #expect(dropped == 3 - kept)
    }
}
