import Synchronization
import Testing
import ZzzTLS

/// Keys of session tickets that go from process to process.
@Suite struct TicketKeysTests {
    /// What a process leaves to the next one.
    private final class Shelf: Sendable {
        private let state = Mutex<[[UInt8]]>([])
        var last: [UInt8]? { state.withLock { $0.last } }
        var count: Int { state.withLock { $0.count } }
        func save(_ bytes: [UInt8]) { state.withLock { $0.append(bytes) } }
    }

    private let files: TLSFiles
    private let options: TLSOptions
    private let client: TLSClientContext

    init() throws {
        files = try TLSFiles()
        var options = TLSOptions()
        options.certificates = [try files.selfSigned(["localhost"])]
        self.options = options
        client = try TLSClientContext()
    }

    /// A ticket of a server with these keys, at that time.
    private func ticket(_ keys: TLSTicketKeys) throws -> TLSTicket {
        let context = try TLSContext(options, tickets: keys)
        let (server, side) = (Side(server: context), Side(client: client))
        Side.converse(side, server)
        side.closeNotify()
        return try #require(side.ticket())
    }

    private func isTaken(_ ticket: TLSTicket, by keys: TLSTicketKeys) throws -> Bool {
        let server = Side(server: try TLSContext(options, tickets: keys))
        Side.converse(Side(client: client, ticket: ticket), server)
        #expect(server.phase == .open)
        return server.isResumed
    }

    @Test func `the next process takes the tickets of the one before`() throws {
        let shelf = Shelf()
        let first = TLSTicketKeys(rotationSeconds: 100, now: { 1000 }, save: shelf.save)
        let ticket = try ticket(first)
        #expect(shelf.count == 1)
        let second = TLSTicketKeys(rotationSeconds: 100, now: { 1050 }, saved: shelf.last, save: shelf.save)
        #expect(try isTaken(ticket, by: second))
        // They were not made anew.
        #expect(shelf.count == 1)
    }

    @Test func `both keys go along, and grow old as before`() throws {
        let shelf = Shelf()
        let first = TLSTicketKeys(rotationSeconds: 100, now: { 1000 }, save: shelf.save)
        // A ticket of TLS 1.3 is used once.
        let old = [try ticket(first), try ticket(first)]
        let rotated = TLSTicketKeys(rotationSeconds: 100, now: { 1150 }, saved: shelf.last, save: shelf.save)
        let new = try ticket(rotated)
        #expect(shelf.count == 2)
        #expect(try isTaken(old[0], by: TLSTicketKeys(rotationSeconds: 100, now: { 1199 }, saved: shelf.last)))
        #expect(try !isTaken(old[1], by: TLSTicketKeys(rotationSeconds: 100, now: { 1200 }, saved: shelf.last)))
        #expect(try isTaken(new, by: TLSTicketKeys(rotationSeconds: 100, now: { 1200 }, saved: shelf.last)))
    }

    @Test func `what is of no use is made anew`() throws {
        let shelf = Shelf()
        let first = TLSTicketKeys(rotationSeconds: 100, now: { 1000 }, save: shelf.save)
        let saved = try #require(shelf.last)
        let bad: [[UInt8]] = [
            [], Array("zzzkeys1".utf8), Array(saved.dropLast()), saved + [0], [0] + saved, saved + saved,
            [UInt8](repeating: 0xFF, count: saved.count), Array("zzzkeys2".utf8) + saved.dropFirst(8),
        ]
        var tickets = try bad.map { _ in try self.ticket(first) }
        for bytes in bad {
            let fresh = Shelf()
            let keys = TLSTicketKeys(rotationSeconds: 100, now: { 1000 }, saved: bytes, save: fresh.save)
            #expect(try !isTaken(tickets.removeLast(), by: keys))
            #expect(fresh.count == 1)
            #expect(fresh.last?.count == saved.count)
        }
        // Of another rotation, and of a machine that has been started since.
        #expect(try !isTaken(ticket(first), by: TLSTicketKeys(rotationSeconds: 101, now: { 1000 }, saved: saved)))
        #expect(try !isTaken(ticket(first), by: TLSTicketKeys(rotationSeconds: 100, now: { 999 }, saved: saved)))
        #expect(try isTaken(ticket(first), by: TLSTicketKeys(rotationSeconds: 100, now: { 1000 }, saved: saved)))
    }
}
