import Glibc
import Testing

@testable import ZzzHost

/// How often the helper is started, and what happens without it: here it is a script that counts.
@Suite struct SymbolizerMemoryTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A helper that notes that it was started, and then does what `script` says.
    private func symbolizer(_ script: String, memoryLimit: Int = 4096, pause: Duration = .zero) throws -> Symbolizer {
        let path = directory.file("helper")
        let text = "#!/bin/sh\necho started >> \(directory.file("starts"))\ncat > /dev/null\n\(script)\n"
        try TemporaryDirectory.write(Array(text.utf8), to: path)
        chmod(path, 0o755)
        return Symbolizer(
            program: path, deadline: .milliseconds(500), replyLimitBytes: 4096, pauseAfterFailure: pause,
            memoryLimit: memoryLimit)
    }

    private var starts: Int { TemporaryDirectory.lines(directory.file("starts")).count }

    private static let oneFrame = #"echo '{"frames":[[{"function":"f()","file":"a.swift","line":3,"column":1}]]}' >&3"#

    private func image(_ name: String, _ text: String = "content") throws -> String {
        let path = directory.file(name)
        try TemporaryDirectory.write(Array(text.utf8), to: path)
        return path
    }

    private func frame(_ path: String, _ offset: UInt64 = 16) -> FrameAddress {
        FrameAddress(image: path, label: "app", offset: offset, isReturnAddress: true)
    }

    @Test func `the same frame is asked for once`() throws {
        let symbolizer = try symbolizer(Self.oneFrame)
        let frame = frame(try image("a.so"))
        for _ in 0..<3 {
            #expect(symbolizer.symbolize([frame, frame]).map(\.description) == [
                "f() at a.swift:3:1 in app", "f() at a.swift:3:1 in app",
            ])
        }
        #expect(starts == 1)
    }

    @Test func `private copies of one app are one image`() throws {
        let first = directory.file("blog-3.so")
        try FixtureApp.compile("int f(void) { return 1; }", to: first, flags: "-shared -fPIC -Wl,--build-id=sha1")
        let second = directory.file("blog-4.so")
        try TemporaryDirectory.write(try TemporaryDirectory.read(first), to: second)
        let content = ImageContent(path: first)
        #expect(content == ImageContent(path: second))
        guard case .buildID(let id) = content else {
            Issue.record("no build id")
            return
        }
        #expect(id.count == 20)

        let symbolizer = try symbolizer(Self.oneFrame)
        #expect(symbolizer.symbolize([frame(first)])[0].locations.count == 1)
        #expect(symbolizer.symbolize([frame(second)])[0].locations.count == 1)
        #expect(starts == 1)
    }

    @Test func `a file without a build id is known by its size and time`() throws {
        let path = directory.file("plain.so")
        try FixtureApp.compile("int f(void) { return 1; }", to: path, flags: "-shared -fPIC -Wl,--build-id=none")
        guard case .file = ImageContent(path: path) else {
            Issue.record("a build id")
            return
        }
        let symbolizer = try symbolizer(Self.oneFrame)
        _ = symbolizer.symbolize([frame(path)])
        try TemporaryDirectory.write(Array("another content".utf8), to: path)
        _ = symbolizer.symbolize([frame(path)])
        #expect(starts == 2)
    }

    @Test func `it forgets when it would remember too much`() throws {
        let symbolizer = try symbolizer(Self.oneFrame, memoryLimit: 3)
        let path = try image("a.so")
        for offset in 0..<3 { _ = symbolizer.symbolize([frame(path, UInt64(offset))]) }
        for offset in 0..<3 { _ = symbolizer.symbolize([frame(path, UInt64(offset))]) }
        #expect(starts == 3)
        _ = symbolizer.symbolize([frame(path, 3)])
        _ = symbolizer.symbolize([frame(path, 0)])
        #expect(starts == 5)
    }

    @Test(arguments: [
        "exit 1", "kill -9 $$", "sleep 20", "yes >&3", "echo nonsense >&3", #"echo '{"frames":[]}' >&3"#, "",
    ])
    func `a helper that fails leaves the offset, and is not asked again at once`(script: String) throws {
        let symbolizer = try symbolizer(script, pause: .seconds(60))
        let frame = frame(try image("a.so"))
        let began = ContinuousClock.now
        for _ in 0..<3 { #expect(symbolizer.symbolize([frame])[0].description == "app + 0x10") }
        #expect(ContinuousClock.now - began < .seconds(10))
        #expect(starts == 1)
    }

    @Test func `after the pause it is asked again`() throws {
        let symbolizer = try symbolizer("exit 1")
        let frame = frame(try image("a.so"))
        for _ in 0..<3 { _ = symbolizer.symbolize([frame]) }
        #expect(starts == 3)
    }

    @Test func `without a helper there is the offset`() throws {
        let frame = frame(try image("a.so"))
        #expect(Symbolizer(program: nil).symbolize([frame])[0].locations == [])
        #expect(Symbolizer(program: "/no/such/program").symbolize([frame])[0].locations == [])
        #expect(Symbolizer(program: nil).symbolize([]) == [])
    }
}
