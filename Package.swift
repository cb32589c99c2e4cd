// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "zzz",
    products: [
        .executable(name: "zzzd", targets: ["zzzd"]),
        .executable(name: "zzzctl", targets: ["zzzctl"]),
        .executable(name: "zzz-config", targets: ["zzz-config"]),
        .library(name: "Zzz", targets: ["Zzz"]),
        .library(name: "ZzzAppABI", targets: ["ZzzAppABI"]),
        .library(name: "ZzzHTTP", targets: ["ZzzHTTP"]),
        .library(name: "ZzzRouter", targets: ["ZzzRouter"]),
        .library(name: "ZzzJSON", targets: ["ZzzJSON"]),
        .library(name: "ZzzIO", targets: ["ZzzIO"]),
        .library(name: "hello", type: .dynamic, targets: ["hello"]),
        .library(name: "bench", type: .dynamic, targets: ["bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // The contract between the daemon and an app, in C.
        .target(name: "ZzzAppABI"),

        // Linux, below everything.
        .target(name: "CLinux"),
        .systemLibrary(name: "CUring", pkgConfig: "liburing", providers: [.apt(["liburing-dev"])]),

        // Libraries that are usable alone.
        .target(name: "ZzzHTTP"),
        .target(name: "ZzzRouter"),
        .target(name: "ZzzJSON"),
        .target(name: "ZzzIO", dependencies: ["CLinux", "CUring"]),

        // The daemon's parts.
        .target(name: "ZzzLog", dependencies: ["CLinux", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "ZzzServer",
            dependencies: [
                "ZzzAppABI", "CLinux", "ZzzHTTP", "ZzzRouter", "ZzzIO", .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "ZzzHost",
            dependencies: [
                "ZzzAppABI", "CLinux", "ZzzJSON", "ZzzServer", "ZzzConfig", .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "ZzzConfig", dependencies: ["ZzzJSON"]),
        .target(name: "ZzzControl", dependencies: ["ZzzJSON", "CLinux"]),

        // The app SDK.
        .target(name: "Zzz", dependencies: ["ZzzAppABI", "ZzzJSON"]),

        // Programs.
        .executableTarget(
            name: "zzzd",
            dependencies: [
                "CLinux", "ZzzIO", "ZzzLog", "ZzzServer", "ZzzHost", "ZzzControl", "ZzzConfig", "ZzzJSON",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "zzzctl",
            dependencies: [
                "ZzzControl", "ZzzJSON", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "zzz-config", dependencies: ["ZzzConfig", "ZzzJSON", .product(name: "TOMLKit", package: "TOMLKit")]),

        // Example apps, each a shared library that zzzd loads. apps/hello-c is plain C: scripts/build compiles it.
        .target(name: "hello", dependencies: ["Zzz"], path: "apps/hello"),
        .target(name: "bench", dependencies: ["Zzz"], path: "apps/bench"),

        // Tests, mirroring Sources; DaemonTests start the real zzzd.
        .testTarget(name: "ZzzAppABITests", dependencies: ["ZzzAppABI"]),
        .testTarget(name: "ZzzHTTPTests", dependencies: ["ZzzHTTP"]),
        .testTarget(name: "ZzzRouterTests", dependencies: ["ZzzRouter"]),
        .testTarget(name: "ZzzJSONTests", dependencies: ["ZzzJSON"]),
        .testTarget(name: "ZzzIOTests", dependencies: ["ZzzIO"]),
        .testTarget(name: "ZzzLogTests", dependencies: ["ZzzLog"]),
        .testTarget(name: "ZzzServerTests", dependencies: ["ZzzServer"]),
        .testTarget(name: "ZzzHostTests", dependencies: ["ZzzHost"]),
        .testTarget(name: "ZzzControlTests", dependencies: ["ZzzControl"]),
        .testTarget(name: "ZzzConfigTests", dependencies: ["ZzzConfig"]),
        .testTarget(name: "ZzzTests", dependencies: ["Zzz", "ZzzAppABI"]),
        .testTarget(name: "DaemonTests", dependencies: ["ZzzJSON"], exclude: ["Fixtures"]),
    ]
)
