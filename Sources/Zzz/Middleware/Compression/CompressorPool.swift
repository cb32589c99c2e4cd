import Synchronization

/// Compressors between two responses, so that none is made for each. An app has one pool, for all loops.
final class CompressorPool: Sendable {
    /// A compressor, and where its bytes go.
    final class Workshop: @unchecked Sendable {
        // @unchecked: whoever has taken it out of the pool is the only one to use it.
        fileprivate let coding: Compress.Coding
        private let compressor: any Compressor
        private var output = CompressedBytes()

        fileprivate init?(_ coding: Compress.Coding) {
            guard let compressor = coding.makeCompressor(for: .bodies) else { return nil }
            self.coding = coding
            self.compressor = compressor
        }

        /// The compressed body, valid until the workshop is given back; nil when the library has failed.
        func compress(_ body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
            compressor.compress(body, isLast: true, into: &output) ? output.bytes : nil
        }

        fileprivate func reset() -> Bool {
            output.removeAll()
            return compressor.reset()
        }
    }

    private struct Shelf: ~Copyable {
        var workshops: [Workshop] = []
        var isClosed = false
    }

    private let shelf = Mutex(Shelf())
    /// More than that many are rarely at work at the same time: one for each loop, and those that were taken off one.
    private static var most: Int { 16 }

    /// Nil without memory.
    func take(_ coding: Compress.Coding) -> Workshop? {
        let kept = shelf.withLock { shelf -> Workshop? in
            // The last one that was given back is still in the processor's cache.
            guard let index = shelf.workshops.lastIndex(where: { $0.coding == coding }) else { return nil }
            return shelf.workshops.remove(at: index)
        }
        return kept ?? Workshop(coding)
    }

    func giveBack(_ workshop: Workshop) {
        guard workshop.reset() else { return }
        shelf.withLock { shelf in
            if shelf.workshops.count < Self.most, !shelf.isClosed { shelf.workshops.append(workshop) }
        }
    }

    /// No request of the generation is in flight any more.
    func close() {
        shelf.withLock { shelf in
            shelf.isClosed = true
            shelf.workshops = []
        }
    }
}
