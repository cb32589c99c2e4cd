// swift-tools-version: 6.2
import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// A target below Sources, with a README of its own.
func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, exclude: ["README.md"])
}

func program(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .executableTarget(name: name, dependencies: dependencies, exclude: ["README.md"])
}

/// An example app, which zzzd loads as a shared library.
func app(_ name: String) -> Target {
    .target(name: name, dependencies: ["Zzz"], path: "apps/\(name)")
}

func tests(_ name: String, _ dependencies: Target.Dependency..., exclude: [String] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies, exclude: exclude)
}

let package = Package(
    name: "zzz",
    products: [
        .executable(name: "zzzd", targets: ["zzzd"]),
        .executable(name: "zzzctl", targets: ["zzzctl"]),
        .executable(name: "zzz-config", targets: ["zzz-config"]),
        .executable(name: "zzz-symbolize", targets: ["zzz-symbolize"]),
        .library(name: "Zzz", targets: ["Zzz"]),
        .library(name: "ZzzAppABI", targets: ["ZzzAppABI"]),
        .library(name: "ZzzHTTP", targets: ["ZzzHTTP"]),
        .library(name: "ZzzRouter", targets: ["ZzzRouter"]),
        .library(name: "ZzzJSON", targets: ["ZzzJSON"]),
        .library(name: "ZzzIO", targets: ["ZzzIO"]),
        .library(name: "ZzzMetrics", targets: ["ZzzMetrics"]),
        .library(name: "ZzzTLS", targets: ["ZzzTLS"]),
        .library(name: "ZzzTesting", targets: ["ZzzTesting"]),
        .library(name: "ZzzCrypto", targets: ["ZzzCrypto"]),
        .library(name: "ZzzStore", targets: ["ZzzStore"]),
        .library(name: "ZzzWebSocket", targets: ["ZzzWebSocket"]),
        .library(name: "ZzzChannels", targets: ["ZzzChannels"]),
        .library(name: "ZzzTemplate", targets: ["ZzzTemplate"]),
        .executable(name: "zzz-template", targets: ["zzz-template"]),
        .plugin(name: "ZzzTemplatePlugin", targets: ["ZzzTemplatePlugin"]),
        .library(name: "hello", type: .dynamic, targets: ["hello"]),
        .library(name: "guestbook", type: .dynamic, targets: ["guestbook"]),
        .library(name: "chat", type: .dynamic, targets: ["chat"]),
        .library(name: "bench", type: .dynamic, targets: ["bench"]),
        .library(name: "faulty", type: .dynamic, targets: ["faulty"]),
        .library(name: "counterpart", type: .dynamic, targets: ["counterpart"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // The contract between the daemon and an app, in C.
        module("ZzzAppABI"),

        // Linux, below everything.
        module("CLinux"),
        module("CContainment"),
        .systemLibrary(name: "CFiles"),
        .systemLibrary(name: "CUring", pkgConfig: "liburing", providers: [.apt(["liburing-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CDW", pkgConfig: "libdw", providers: [.apt(["libdw-dev"])]),

        // Libraries that are usable alone.
        module("ZzzBase64"),
        module("ZzzHTTP"),
        module("ZzzRouter"),
        module("ZzzJSON"),
        module("ZzzIO", "CLinux", "CUring"),
        module("ZzzMetrics"),
        module("ZzzTLS", "COpenSSL"),
        module("ZzzWebSocket", "CZlib", "ZzzBase64", "ZzzCrypto"),
        module("ZzzChannels", "ZzzJSON"),
        module("ZzzCrypto", "COpenSSL"),
        module("ZzzStore"),
        module("ZzzTemplate", "ZzzJSON"),

        // The daemon's parts.
        module("ZzzLog", logging),
        module(
            "ZzzServer", "ZzzAppABI", "CContainment", "CLinux", "ZzzBase64", "ZzzHTTP", "ZzzRouter", "ZzzIO", "ZzzTLS",
            "ZzzWebSocket", "ZzzChannels"),
        module(
            "ZzzHost", "ZzzAppABI", "CContainment", "CLinux", "ZzzCrypto", "ZzzIO", "ZzzJSON", "ZzzChannels",
            "ZzzServer", "ZzzStore", "ZzzConfig", logging),
        module("ZzzConfig", "CLinux", "ZzzJSON", "ZzzSpelling"),
        module("ZzzControl", "ZzzJSON"),
        module("ZzzSupervisor", "CLinux"),

        // Templates become Swift when an app is built.
        module("ZzzSpelling"),
        module("ZzzTemplateCompiler", "ZzzSpelling"),
        program("zzz-template", "ZzzTemplateCompiler", "ZzzBase64", "COpenSSL"),
        .plugin(name: "ZzzTemplatePlugin", capability: .buildTool(), dependencies: ["zzz-template"]),

        // The app SDK.
        module("Zzz", "ZzzAppABI", "CFiles", "CZlib", "ZzzBase64", "ZzzHTTP", "ZzzJSON", "ZzzTemplate"),
        // For the tests of apps: the daemon's parts in the test's process.
        module(
            "ZzzTesting", "Zzz", "ZzzAppABI", "ZzzBase64", "ZzzHTTP", "ZzzIO", "ZzzJSON", "ZzzRouter", "ZzzServer", "ZzzStore",
            "ZzzHost", "ZzzWebSocket", logging),

        // Programs. zzz-config alone links the TOML parser (docs/decisions/0001-config-reader-process.md), and
        // zzz-symbolize alone libdw (docs/decisions/0007-symbolizer-process.md).
        program(
            "zzzd", "CLinux", "ZzzAppABI", "ZzzHTTP", "ZzzIO", "ZzzLog", "ZzzMetrics", "ZzzRouter", "ZzzServer",
            "ZzzTLS", "ZzzHost", "ZzzControl", "ZzzConfig", "ZzzJSON", "ZzzStore", "ZzzSupervisor", logging),
        program(
            "zzzctl", "CLinux", "ZzzConfig", "ZzzControl", "ZzzJSON",
            .product(name: "ArgumentParser", package: "swift-argument-parser")),
        program("zzz-config", "ZzzConfig", "ZzzJSON", .product(name: "TOMLKit", package: "TOMLKit")),
        program("zzz-symbolize", "CDW", "ZzzJSON"),

        // apps/hello-c is plain C: scripts/build compiles it.
        app("hello"),
        .target(
            name: "guestbook", dependencies: ["Zzz", "ZzzJSON", "ZzzTemplate"], path: "apps/guestbook/Sources",
            plugins: [.plugin(name: "ZzzTemplatePlugin")]),
        .testTarget(name: "GuestbookTests", dependencies: ["guestbook", "ZzzTesting"], path: "apps/guestbook/Tests"),
        .target(
            name: "chat", dependencies: ["Zzz", "ZzzTemplate"], path: "apps/chat/Sources",
            plugins: [.plugin(name: "ZzzTemplatePlugin")]),
        // The tests of all apps become one program, in which each app has its entry: nobody calls them there.
        .testTarget(
            name: "ChatTests", dependencies: ["chat", "ZzzTesting"], path: "apps/chat/Tests",
            linkerSettings: [.unsafeFlags(["-Xlinker", "--allow-multiple-definition"])]),
        app("bench"),
        // An app with every fault there is, for the tests and the benchmarks.
        .target(name: "faulty", dependencies: ["Zzz"], path: "Tests/Apps/faulty", exclude: ["README.md"]),
        // What the channel clients of others are tried against.
        .target(name: "counterpart", dependencies: ["Zzz"], path: "Tests/Apps/counterpart", exclude: ["README.md"]),

        // One of the benchmarks: JSON beside Go's encoding/json.
        .executableTarget(
            name: "json-bench", dependencies: ["ZzzJSON"], path: "Benchmarks/json", exclude: ["go", "order.json"]),

        // Another: a page beside Go's html/template and Jinja2.
        .executableTarget(
            name: "template-bench", dependencies: ["ZzzTemplate"], path: "Benchmarks/template",
            exclude: ["go", "jinja"], plugins: [.plugin(name: "ZzzTemplatePlugin")]),

        // Tests, mirroring Sources; DaemonTests start the real zzzd.
        tests("ZzzAppABI", "ZzzAppABI", exclude: ["abi-1.txt"]),
        tests("ZzzHTTP", "ZzzHTTP"),
        tests("ZzzRouter", "ZzzRouter"),
        tests("ZzzBase64", "ZzzBase64"),
        tests("ZzzJSON", "ZzzJSON"),
        tests("ZzzIO", "ZzzIO", "CLinux"),
        tests("ZzzMetrics", "ZzzMetrics"),
        tests("ZzzTLS", "ZzzTLS", "COpenSSL"),
        tests("ZzzWebSocket", "ZzzWebSocket"),
        tests("ZzzChannels", "ZzzChannels"),
        tests("ZzzCrypto", "ZzzCrypto", "COpenSSL"),
        tests("ZzzStore", "ZzzStore"),
        tests("ZzzLog", "ZzzLog", logging),
        tests(
            "ZzzServer", "ZzzServer", "ZzzAppABI", "ZzzBase64", "ZzzIO", "ZzzRouter", "ZzzTLS", "CLinux", "ZzzWebSocket",
            "ZzzChannels", "CContainment"),
        tests(
            "ZzzHost", "ZzzHost", "ZzzAppABI", "ZzzConfig", "ZzzIO", "ZzzJSON", "ZzzRouter", "ZzzServer", "ZzzStore",
            "zzz-symbolize", logging),
        tests("ZzzControl", "ZzzControl", "ZzzJSON", "zzzctl"),
        tests("ZzzConfig", "ZzzConfig", "ZzzJSON", "zzz-config"),
        tests("ZzzSpelling", "ZzzSpelling"),
        .testTarget(
            name: "ZzzTemplateTests", dependencies: ["ZzzTemplate"], plugins: [.plugin(name: "ZzzTemplatePlugin")]),
        tests("ZzzTemplateCompiler", "ZzzTemplateCompiler", "ZzzTemplate"),
        tests("ZzzSymbolize", "zzz-symbolize"),
        tests("ZzzSupervisor", "ZzzSupervisor"),
        tests("Zzz", "Zzz", "CZlib", "ZzzAppABI", "ZzzBase64", "ZzzCrypto", "ZzzStore"),
        tests("ZzzTesting", "ZzzTesting", "Zzz"),
        tests("zzzd", "zzzd", "ZzzAppABI", "ZzzRouter", "ZzzServer"),
        tests("Client", exclude: ["Page"]),
        tests("Daemon", "ZzzIO", "ZzzJSON", exclude: ["Fixtures"]),
    ]
)
