import Testing
@testable import ZzzConfig

/// The sample file and docs/configuration.md say what the schema says.
@Suite struct DocumentationTests {
    @Test func `the documentation has every key with its default`() throws {
        let lines = try Program.packageFile("docs/configuration.md").split(separator: "\n").map(String.init)
        let rows = lines.filter { $0.hasPrefix("| `") }
        let expected = Schema.documentedKeys.map(\.row)
        #expect(rows.count == expected.count)
        for row in expected { #expect(rows.contains(row), "docs/configuration.md lacks this row: \(row)") }
        for row in rows { #expect(expected.contains(row), "no key has this row: \(row)") }
    }

    @Test func `the sample as it is changes nothing`() throws {
        var settings = try Program.settings(Program.packageFile("etc/zzz/zzz.toml"))
        settings.files = []
        #expect(settings == Settings())
    }

    /// The sample's lines that are keys in comments, with the table each is in.
    private static func keys(in sample: String) -> [(table: String, isArray: Bool, line: String)] {
        var table = ""
        var isArray = false
        var keys: [(table: String, isArray: Bool, line: String)] = []
        for line in sample.split(separator: "\n") {
            let bare = line.hasPrefix("#") ? line.dropFirst() : line
            if bare.hasPrefix("[") {
                isArray = bare.hasPrefix("[[")
                table = String(bare.filter { $0 != "[" && $0 != "]" })
            } else if line.hasPrefix("#"), !line.hasPrefix("# "), bare.contains(" = ") {
                keys.append((table, isArray, String(bare)))
            }
        }
        return keys
    }

    @Test func `the sample has every key with its default`() throws {
        let keys = try Self.keys(in: Program.packageFile("etc/zzz/zzz.toml"))
        for key in Schema.documentedKeys {
            let parts = key.path.split(separator: ".").map(String.init)
            let table = parts.dropLast().map { $0 == "NAME" ? "blog" : $0 }.joined(separator: ".")
            let line = try #require(
                keys.first { $0.table == table && $0.line.hasPrefix(parts[parts.count - 1] + " = ") }?.line,
                "etc/zzz/zzz.toml lacks \(key.path)")
            // What is unset by default is shown with an example.
            if let value = key.defaultText { #expect(line == "\(parts[parts.count - 1]) = \(value)") }
        }
        #expect(keys.count == Schema.documentedKeys.count)
    }

    @Test func `each key of the sample can be uncommented`() throws {
        for (table, isArray, line) in try Self.keys(in: Program.packageFile("etc/zzz/zzz.toml")) {
            // Those below [[listen]] need what is required there.
            var before = isArray ? "[[\(table)]]\n" : "[\(table)]\n"
            if table.hasPrefix("listen.") { before = "[[listen]]\naddress = \"127.0.0.1:8080\"\n" + before }
            let required = ["listen": ["address = \"127.0.0.1:8080\""]][table]
                ?? (table.hasPrefix("listen.tls") ? ["certificate = \"/a\"", "key = \"/b\""] : [])
            let key = line.prefix { $0 != " " }
            for other in required where !other.hasPrefix("\(key) ") { before += other + "\n" }
            #expect(try Program.errors("\(before)\(line)\n") == [], "\(line)")
        }
    }

    @Test func `the sample with every key uncommented is good`() throws {
        let lines = try Program.packageFile("etc/zzz/zzz.toml").split(separator: "\n").map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") && line != "#" ? String(line.dropFirst()) : String(line)
        }
        #expect(try Program.errors(lines.joined(separator: "\n")) == [])
    }
}
