import Glibc
import Testing

@testable import ZzzHost

/// The real `zzz-symbolize`, on small libraries that are compiled for it.
@Suite struct SymbolizerTests {
    private static let source = """
        static inline __attribute__((always_inline)) int inlined(int value) {
            __asm__ volatile(".rept 64\\n\\tnop\\n\\t.endr");
            return value + 1;
        }
        __attribute__((noinline)) static int outer(int value) {
            return inlined(value) * 3;
        }
        int (*entry)(int) = outer;
        """

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func library(_ name: String, flags: String) throws -> String {
        let path = directory.file(name)
        try FixtureApp.compile(Self.source, to: path, flags: "-shared -fPIC -O1 " + flags)
        return path
    }

    /// The address of a symbol whose name begins like that, as nm(1) tells.
    private func address(of name: String, in path: String) throws -> UInt64 {
        try run("nm \(path) > \(path).nm")
        let line = TemporaryDirectory.lines(path + ".nm").first { line in
            line.split(separator: " ").last?.hasPrefix(name) ?? false
        }
        let text = try #require(line?.split(separator: " ").first, "no symbol \(name)")
        return try #require(UInt64(text, radix: 16))
    }

    private func run(_ command: String) throws {
        try #require(system(command) == 0, "\(command) failed")
    }

    private func frame(_ path: String, _ offset: UInt64, returning: Bool = false) -> FrameAddress {
        FrameAddress(image: path, label: "fixture", offset: offset, isReturnAddress: returning)
    }

    private func locations(_ frame: FrameAddress) throws -> [SymbolizedFrame.Location] {
        let symbolizer = Symbolizer()
        try #require(symbolizer.program != nil, "zzz-symbolize is not built")
        let frames = symbolizer.symbolize([frame])
        try #require(frames.count == 1)
        #expect(frames[0].address == frame)
        return frames[0].locations
    }

    @Test(arguments: ["-gdwarf-5", "-gdwarf-4", "-g -gz"])
    func `debug information tells what is inlined, with file and line`(flags: String) throws {
        let path = try library("debug.so", flags: flags)
        // In the middle of the instructions of line 2.
        let found = try locations(frame(path, try address(of: "outer", in: path) + 32))
        try #require(found.map(\.function) == ["inlined", "outer"])
        #expect(found.map(\.line) == [2, 6])
        #expect(found.allSatisfy { $0.file?.hasSuffix("debug.so.c") == true }, "\(found)")
        #expect(found[1].column == 12)
    }

    @Test func `a file below the compilation directory is relative to that`() throws {
        let path = directory.file("relative.so")
        try TemporaryDirectory.write(Array(Self.source.utf8), to: directory.file("relative.c"))
        try run("cd \(directory.path) && cc -g -O1 -shared -fPIC -o relative.so relative.c")
        let found = try locations(frame(path, try address(of: "outer", in: path) + 32))
        #expect(found.map(\.file) == ["relative.c", "relative.c"])
    }

    @Test func `without debug information there are the names of the symbols`() throws {
        let path = try library("symbols.so", flags: "")
        let found = try locations(frame(path, try address(of: "outer", in: path) + 32))
        #expect(found == [SymbolizedFrame.Location(function: "outer")])
    }

    @Test func `a stripped file leaves the offset`() throws {
        let path = try library("stripped.so", flags: "-g")
        let address = try address(of: "outer", in: path) + 32
        try run("strip --strip-all \(path)")
        #expect(try locations(frame(path, address)) == [])
        let described = Symbolizer().symbolize([frame(path, 0x1234)])[0].description
        #expect(described == "fixture + 0x1234")
    }

    @Test func `what stands before a return address is the call`() throws {
        let path = try library("return.so", flags: "-g")
        let start = try address(of: "outer", in: path)
        #expect(try locations(frame(path, start)).last?.function == "outer")
        #expect(try locations(frame(path, start, returning: true)).last?.function != "outer")
    }

    @Test func `a library in Swift has the reason of a trap and short names`() throws {
        let source = directory.file("trap.swift")
        let path = directory.file("trap.so")
        try TemporaryDirectory.write(
            Array("@inline(never)\npublic func element(_ index: Int, of list: [Int]) -> Int { list[index] }".utf8),
            to: source)
        try run("swiftc -g -O -emit-library -module-name trap -o \(path) \(source)")
        // The last instruction of the function is the trap; nm -S tells the function's size.
        try run("nm -S \(path) | grep 'element' | head -n 1 > \(path).size")
        let words = TemporaryDirectory.lines(path + ".size").first?.split(separator: " ") ?? []
        try #require(words.count == 4)
        let end = try #require(UInt64(words[0], radix: 16)) + #require(UInt64(words[1], radix: 16))
        let found = try locations(frame(path, end, returning: true))
        #expect(found.first?.function == "Swift runtime failure: Index out of range")
        #expect(found.last?.function == "element(_:of:)")
        #expect(found.last?.file?.hasSuffix("trap.swift") == true)
        #expect(found.last?.line == 2)
    }

    @Test func `this program is known by its place in proc, too`() throws {
        // In the shell and in the helper that place is another program.
        try run("nm /proc/\(getpid())/exe | grep ' T main$' > \(directory.file("main"))")
        let address = TemporaryDirectory.lines(directory.file("main")).first?.split(separator: " ").first
        let found = try locations(frame("/proc/self/exe", try #require(address.flatMap { UInt64($0, radix: 16) })))
        #expect(found.last?.function == "main")
    }

    @Test func `a truncated file, a file that is none and a wrong offset cost only their names`() throws {
        let sound = try library("sound.so", flags: "-g -Wl,--build-id=none")
        let bytes = try TemporaryDirectory.read(sound)
        let half = directory.file("half.so")
        try TemporaryDirectory.write(Array(bytes.prefix(bytes.count / 2)), to: half)
        let text = directory.file("text.so")
        try TemporaryDirectory.write(Array("not a library".utf8), to: text)
        let address = try address(of: "outer", in: sound) + 32
        let frames = Symbolizer().symbolize([
            frame(half, address), frame(text, address), frame(directory.file("missing.so"), address),
            frame(sound, .max), frame(sound, 0), frame(sound, 0, returning: true), frame(sound, address),
        ])
        #expect(frames.map { $0.locations.last?.function } == [nil, nil, nil, nil, nil, nil, "outer"])
    }

    @Test func `a file whose bytes are damaged does not take the rest with it`() throws {
        let sound = try library("damage.so", flags: "-g -Wl,--build-id=none")
        let bytes = try TemporaryDirectory.read(sound)
        let address = try address(of: "outer", in: sound) + 32
        var random = SystemRandomNumberGenerator()
        for number in 0..<8 {
            var damaged = bytes
            for _ in 0..<200 { damaged[Int.random(in: 64..<damaged.count, using: &random)] = .random(in: 0...255) }
            let path = directory.file("damaged-\(number).so")
            try TemporaryDirectory.write(damaged, to: path)
            // Whatever it says of this one: it comes back, with as many frames as it was asked.
            #expect(Symbolizer().symbolize([frame(path, address), frame(sound, address)]).count == 2)
        }
    }
}
