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

    /// Runs `body` on a thread with half a MiB of stack, and waits for it.
    private func onSmallStack<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.stackSize = 512 * 1024
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
