import Testing

/// The headers are plain C: each can be included alone, in any order, twice, from C and from C++.
@Suite struct LanguageTests {
    @Test(arguments: [
        ("c", "c99"), ("c", "c11"), ("c", "c17"), ("c", "gnu11"), ("c++", "c++11"), ("c++", "c++17"), ("c++", "c++20"),
    ])
    func everyHeaderCanBeIncludedAlone(_ language: String, _ standard: String) throws {
        let compiler = try CCompiler()
        defer { compiler.remove() }
        for name in CCompiler.headerNames.map({ "zzz/\($0).h" }) + ["zzz.h"] {
            let file = name.split(separator: "/").joined(separator: "-")
            let source = try compiler.write(
                "#include \"\(name)\"\n#include \"\(name)\"\nint main(void) { return (int)sizeof(zzz_bytes) - 16; }\n",
                to: file + (language == "c" ? ".c" : ".cc"))
            _ = try compiler.compile(source, language: language, standard: standard)
        }
    }

    @Test func theExampleInCCompilesCleanly() throws {
        let compiler = try CCompiler()
        defer { compiler.remove() }
        for standard in ["c99", "c11", "c17"] {
            let source = try compiler.write(
                CCompiler.read(CCompiler.root + "/apps/hello-c/hello.c"), to: "hello-\(standard).c")
            let library = try compiler.compile(
                source, language: "c", standard: standard, arguments: ["-fPIC", "-shared", "-fvisibility=hidden"])
            #expect(try Self.exports(of: library) == ["zzz_app_entry"])
        }
    }

    @Test func theExampleInTheDocumentationCompilesCleanly() throws {
        // The blocks marked ```c that are whole files, which means that they include the contract.
        let page = try CCompiler.read(CCompiler.root + "/docs/abi.md")
        let blocks = page.split(separator: "```c\n", omittingEmptySubsequences: false).dropFirst()
            .compactMap { $0.split(separator: "```", maxSplits: 1).first.map(String.init) }
            .filter { $0.contains("#include \"zzz.h\"") }
        #expect(!blocks.isEmpty)
        let compiler = try CCompiler()
        defer { compiler.remove() }
        for (index, block) in blocks.enumerated() {
            let source = try compiler.write(block, to: "block-\(index).c")
            let library = try compiler.compile(
                source, language: "c", standard: "c11", arguments: ["-fPIC", "-shared", "-fvisibility=hidden"])
            #expect(try Self.exports(of: library) == ["zzz_app_entry"])
        }
    }

    @Test func aFieldThatMovesDoesNotCompile() throws {
        let compiler = try CCompiler()
        defer { compiler.remove() }
        let layout = try CCompiler.read(CCompiler.root + "/Sources/ZzzAppABI/layout.c")
        let sound = try compiler.write(layout + "int main(void) { return 0; }\n", to: "sound.c")
        _ = try compiler.compile(sound, language: "c", standard: "c11")
        let moved = try compiler.write(
            layout.replacing("AT(zzz_route, handler, ", with: "AT(zzz_route, handler, 8 + ")
                + "int main(void) { return 0; }\n",
            to: "moved.c")
        let error = #expect(throws: CCompiler.Failure.self) {
            try compiler.compile(moved, language: "c", standard: "c11")
        }
        #expect(error?.description.contains("zzz_route.handler has moved") == true)
    }

    private static func exports(of library: String) throws -> [String] {
        let list = library + ".symbols"
        let status = try CCompiler.run(["nm", "-D", "--defined-only", "--format=posix", library], output: list)
        guard status == 0 else { throw CCompiler.Failure(description: try CCompiler.read(list)) }
        return try CCompiler.read(list).split(separator: "\n").compactMap {
            $0.split(separator: " ").first.map(String.init)
        }
        // Some linkers export marks of their own: _edata, __bss_start.
        .filter { !$0.hasPrefix("_") }
    }
}
