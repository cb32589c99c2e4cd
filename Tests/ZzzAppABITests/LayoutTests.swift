import Glibc
import Testing

/// What version 1 promises: the layout of every struct, the type of every function, the value of every constant.
///
/// The promise is in `abi-1.txt`. After an addition (a field at the end, a new constant, a new function), write it
/// anew and read the difference before committing it: `ZZZ_WRITE_GOLDEN=1 swift test --filter LayoutTests`. A line
/// that changes or goes breaks every app that was built before.
@Suite struct LayoutTests {
    static let goldenPath = CCompiler.root + "/Tests/ZzzAppABITests/abi-1.txt"

    @Test func theContractIsWhatWasPromised() throws {
        let dump = try Self.dump()
        if getenv("ZZZ_WRITE_GOLDEN") != nil { try CCompiler.write(dump, to: Self.goldenPath) }
        let golden = try CCompiler.read(Self.goldenPath)
        let missing = golden.split(separator: "\n").filter { !dump.contains($0) }
        #expect(missing.isEmpty, "the contract no longer says: \(missing.joined(separator: "\n"))")
        #expect(dump == golden)
    }

    @Test func everyStructBeginsWithItsSize() throws {
        // zzz_bytes, the pairs of them and zzz_buffer are values: they never grow.
        let values = ["zzz_bytes", "zzz_buffer", "zzz_header", "zzz_log_field"]
        for record in try HeaderReader(CCompiler.headers).records where !values.contains(record.name) {
            #expect(record.fields.first?.declaration == "uint32_t size", "\(record.name)")
        }
    }

    @Test func everyFieldIsAsserted() throws {
        let assertions = try CCompiler.read(CCompiler.root + "/Sources/ZzzAppABI/layout.c")
        for record in try HeaderReader(CCompiler.headers).records {
            #expect(assertions.contains("SIZE(\(record.name), "), "\(record.name)")
            for field in record.fields {
                #expect(assertions.contains("AT(\(record.name), \(field.name), "), "\(record.name).\(field.name)")
            }
        }
    }

    @Test func everyHeaderIsReadByTheTests() throws {
        let all = try CCompiler.read(CCompiler.includePath + "/zzz.h")
        let included = all.split(separator: "\n").filter { $0.hasPrefix("#include \"zzz/") }
        #expect(included.count == CCompiler.headerNames.count)
        for name in CCompiler.headerNames { #expect(included.contains("#include \"zzz/\(name).h\"")) }
    }

    /// The contract as text, by a C program that asks the compiler.
    static func dump() throws -> String {
        let reader = try HeaderReader(CCompiler.headers)
        var program = "#include <stdio.h>\n#include \"zzz.h\"\nint main(void) {\n"
        for name in reader.texts { program += "    printf(\"%s = \\\"%s\\\"\\n\", \"\(name)\", \(name));\n" }
        for name in reader.constants {
            program += "    printf(\"%s = %lld\\n\", \"\(name)\", (long long)\(name));\n"
        }
        for record in reader.records {
            program += "    printf(\"\\n\(record.name): %zu bytes\\n\", sizeof(\(record.name)));\n"
            for field in record.fields {
                program += "    printf(\"%4zu %3zu  %s\\n\", offsetof(\(record.name), \(field.name)), "
                program += "sizeof(((\(record.name) *)0)->\(field.name)), \"\(field.declaration)\");\n"
            }
        }
        program += "    puts(\"\");\n"
        for line in reader.typedefs + reader.functions { program += "    puts(\"\(line)\");\n" }
        program += "    return 0;\n}\n"
        let compiler = try CCompiler()
        defer { compiler.remove() }
        let source = try compiler.write(program, to: "dump.c")
        let executable = try compiler.compile(source, language: "c", standard: "c11")
        let status = try CCompiler.run([executable], output: source + ".txt")
        guard status == 0 else { throw CCompiler.Failure(description: "the dump exited with \(status)") }
        return try CCompiler.read(source + ".txt")
    }
}
