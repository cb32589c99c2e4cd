import Glibc

/// Where the things under test are: what `scripts/build` laid out, and the sources that tests compile.
enum Dist {
    /// The package's root, from this file's place in it.
    static let packageRoot = parent(of: #filePath, levels: 4)

    /// `.build/dist`, or what `ZZZ_DIST` names.
    static let root = environment("ZZZ_DIST") ?? packageRoot + "/.build/dist"

    static let zzzd = root + "/bin/zzzd"
    static let zzzctl = root + "/bin/zzzctl"

    /// The C sources of the apps that only tests need.
    static let fixtures = parent(of: #filePath, levels: 2) + "/Fixtures"

    /// The headers an app includes.
    static let headers = packageRoot + "/Sources/ZzzAppABI/include"

    /// The `.so` of an example app.
    static func app(_ name: String) -> String {
        root + "/apps/" + name + ".so"
    }

    /// The `.so` of an app that only tests load.
    static func testApp(_ name: String) -> String {
        root + "/test-apps/" + name + ".so"
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static func parent(of path: String, levels: Int) -> String {
        path.split(separator: "/").dropLast(levels).reduce(into: "") { $0 += "/" + $1 }
    }
}
