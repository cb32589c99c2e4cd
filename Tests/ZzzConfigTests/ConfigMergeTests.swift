import Testing
import ZzzConfig

@Suite struct ConfigMergeTests {
    private func node(_ value: ConfigNode.Value, _ file: String, _ line: Int) -> ConfigNode {
        Nodes.node(value, line: line, file: file)
    }

    private func assemble(_ first: ConfigTable, _ second: ConfigTable) throws(ConfigFailure) -> Settings {
        var assembly = ConfigAssembly()
        assembly.add(file: "a.toml", table: first)
        assembly.add(file: "b.toml", table: second)
        return try assembly.settings()
    }

    @Test func `merges tables`() throws {
        let first = Nodes.table(path: "limits.body", .integer(5))
        let second = Nodes.table(path: "limits.header_count", .integer(7))
        let settings = try assemble(first, second)
        #expect(settings.limits.body.bytes == 5)
        #expect(settings.limits.headerCount == 7)
        #expect(settings.files == ["a.toml", "b.toml"])
    }

    @Test func `merges tables of apps`() throws {
        let first = Nodes.table(path: "app.blog.mount", .string("/"))
        let second = Nodes.table(path: "app.blog.limits.body", .integer(9))
        let settings = try assemble(first, second)
        #expect(settings.app["blog"]?.mount == "/")
        #expect(settings.app["blog"]?.limits.body?.bytes == 9)
    }

    @Test func `adds up arrays of tables`() throws {
        func listen(_ address: String, _ file: String) -> ConfigTable {
            let table = Nodes.table(["address": node(.string(address), file, 2)])
            return Nodes.table(["listen": node(.array([node(.table(table), file, 1)]), file, 1)])
        }
        let settings = try assemble(listen("127.0.0.1:1", "a.toml"), listen("[::1]:2", "b.toml"))
        #expect(settings.listen.map(\.address.description) == ["127.0.0.1:1", "[::1]:2"])
    }

    @Test func `names both places of a key that is set twice`() {
        func limits(_ file: String, _ line: Int) -> ConfigTable {
            let table = Nodes.table(["body": node(.integer(1), file, line + 1)])
            return Nodes.table(["limits": node(.table(table), file, line)])
        }
        let first = limits("a.toml", 3)
        let second = limits("b.toml", 7)
        let expected = ConfigFailure([
            ConfigError(
                at: SourceLocation(file: "b.toml", line: 8, column: 1), "limits.body is already set at a.toml:4:1")
        ])
        #expect(throws: expected) { try assemble(first, second) }
    }

    @Test func `plain arrays do not add up`() {
        let hosts = ConfigNode.Value.array([Nodes.node(.string("a.example"))])
        let table = Nodes.table(path: "app.blog.hosts", hosts)
        #expect(throws: ConfigFailure.self) { try assemble(table, table) }
    }

    @Test func `a table and a value of one name are an error`() {
        let first = Nodes.table(path: "limits.body", .integer(1))
        let second = Nodes.table(["limits": Nodes.node(.integer(1), file: "b.toml")])
        #expect(throws: ConfigFailure.self) { try assemble(first, second) }
    }
}
