import Foundation
import Testing
import ZzzJSON

/// The deepest text that is allowed, on the stack that zzzd's loops have.
@Suite struct JSONStackTests {
    private final class Tree: Codable {
        var a: [Tree]?
        var b: Tree?

        init(a: [Tree]? = nil, b: Tree? = nil) { (self.a, self.b) = (a, b) }
    }

    /// Half a MiB, as the loops have; four times that for code that is not optimised, whose frames are larger.
    private static var stackBytes: Int {
        #if DEBUG
            2 << 20
        #else
            512 << 10
        #endif
    }

    /// Runs `body` on a thread with a small stack, and waits for it.
    private func onSmallStack<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.stackSize = Self.stackBytes
            thread.start()
        }
    }

    @Test(arguments: [
        (String(repeating: #"{"b":"#, count: 511) + "{}" + String(repeating: "}", count: 511)),
        (String(repeating: #"{"a":["#, count: 255) + "{}" + String(repeating: "]}", count: 255)),
    ])
    func deepTypes(_ text: String) async {
        let written = await onSmallStack {
            (try? JSONBytesDecoder().decode(Tree.self, from: text)).flatMap { try? JSONBytesEncoder().encode($0) }
        }
        #expect(written.map { String(decoding: $0, as: UTF8.self) } == text)
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
    func deepValues(_ opening: String, _ closing: String) async {
        let text = String(repeating: opening, count: 511) + "[]" + String(repeating: closing, count: 511)
        let written = await onSmallStack { try? JSONValue(parsing: text).serializedString() }
        #expect(written == text)
    }
}
