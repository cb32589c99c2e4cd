import Glibc

/// An app that only tests need, compiled from a C source in Fixtures.
enum FixtureApp {
    /// Compiles `source`.c with the given macros into `directory` and returns the path of the `.so`.
    static func build(
        _ source: String, in directory: TemporaryDirectory, as name: String? = nil, defines: [String] = [],
        flags: [String] = []
    ) throws -> String {
        let output = directory.path + "/" + (name ?? source) + ".so"
        let command = [
            "/usr/bin/cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
            "-I" + Dist.headers, "-o", output, Dist.fixtures + "/" + source + ".c",
        ]
        let result = try CommandResult.of(command + flags + defines.map { "-D" + $0 }, in: directory)
        guard result.status == .code(0) else { throw SystemFailure("cc \(source).c: \(result.errors)") }
        return output
    }
}
