import Glibc
import Testing

@testable import ZzzHost

@Suite struct ImageStoreTests {
    @Test func makesItsDirectoryAndEmptiesIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a/b")
        let store = try ImageStore(candidates: [path], appsDirectory: "/none")
        #expect(store.directory == path + "/\(getpid())")
        try TemporaryDirectory.write([1], to: path + "/old-1.so")
        try TemporaryDirectory.write([1], to: path + "/old-2.so.new")
        for name in ["notes", "blog.so", "blog-x.so", "-1.so"] {
            try TemporaryDirectory.write([1], to: path + "/" + name)
        }
        _ = try ImageStore(candidates: [path], appsDirectory: "/none")
        #expect(Directory.names(in: path) == ["-1.so", "\(getpid())", "blog-x.so", "blog.so", "notes"])
        store.removeAll()
        #expect(!Directory.names(in: path)!.contains("\(getpid())"))
    }

    /// While one process replaces another, both map their copies.
    @Test func leavesTheCopiesOfALivingProcessAndRemovesThoseOfADeadOne() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("images")
        for name in ["", "/1", "/2147483647"] { try #require(mkdir(path + name, 0o755) == 0) }
        for name in ["/1/a-1.so", "/2147483647/a-1.so"] { try TemporaryDirectory.write([1], to: path + name) }
        let living = open(path + "/1", O_RDONLY | O_CLOEXEC)
        defer { close(living) }
        try #require(flock(living, LOCK_EX | LOCK_NB) == 0)
        _ = try ImageStore(candidates: [path], appsDirectory: "/none")
        #expect(Directory.names(in: path + "/1") == ["a-1.so"])
        #expect(Directory.names(in: path + "/2147483647") == nil)
    }

    /// With paths.runtime = "/var/lib/zzz" the two would be one, and the apps be removed as leftovers.
    @Test func neverTakesTheAppsDirectory() throws {
        let directory = try TemporaryDirectory()
        let apps = directory.file("apps")
        try #require(mkdir(apps, 0o755) == 0)
        try #require(symlink(apps, directory.file("link")) == 0)
        try TemporaryDirectory.write([1], to: apps + "/blog-1.so")
        let store = try ImageStore(
            candidates: [apps, directory.file("link"), directory.file("other")], appsDirectory: apps)
        #expect(store.directory == directory.file("other/\(getpid())"))
        #expect(Directory.names(in: apps) == ["blog-1.so"])
        let error = failure { () throws(AppError) in try ImageStore(candidates: [apps], appsDirectory: apps) }
        #expect(error?.reason.contains("is the apps directory") == true)
    }

    @Test func takesTheNextDirectoryWhenOneIsNotUsable() throws {
        let directory = try TemporaryDirectory()
        try TemporaryDirectory.write([1], to: directory.file("file"))
        let store = try ImageStore(
            candidates: [directory.file("file/x"), directory.file("good")], appsDirectory: "/none")
        #expect(store.directory == directory.file("good/\(getpid())"))
        let error = failure { () throws(AppError) in
            try ImageStore(candidates: [directory.file("file/x"), "/proc/zzz"], appsDirectory: "/none")
        }
        #expect(error?.reason.contains("file/x") == true)
        #expect(error?.reason.contains("/proc/zzz") == true)
    }

    /// Debian mounts /run so.
    @Test func refusesWhereCodeCannotBeMapped() throws {
        let directory = try TemporaryDirectory()
        let (run, state) = (directory.file("run"), directory.file("state"))
        let store = try ImageStore(candidates: [run, state], appsDirectory: "/none", isExecutable: { $0 != run })
        #expect(store.directory == state + "/\(getpid())")
        let error = failure { () throws(AppError) in
            try ImageStore(candidates: [run], appsDirectory: "/none", isExecutable: { _ in false })
        }
        #expect(error?.reason.contains("\(run) is on a file system mounted noexec") == true)
    }

    /// A copy on tmpfs would stay in memory as a whole for as long as the daemon runs.
    @Test func prefersADiskToMemory() throws {
        let directory = try TemporaryDirectory()
        let (run, state) = (directory.file("run"), directory.file("state"))
        func chosen(_ candidates: [String], memory: [String]) throws -> String {
            let store = try ImageStore(
                candidates: candidates, appsDirectory: "/none", isMemory: { memory.contains($0) })
            return String(store.directory.dropLast("/\(getpid())".utf8.count))
        }
        #expect(try chosen([run, state], memory: []) == run)
        #expect(try chosen([run, state], memory: [run]) == state)
        #expect(try chosen([run, state], memory: [run, state]) == run)
        #expect(try chosen([run], memory: [run]) == run)
    }

    @Test func fileSystemTypes() {
        let text = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            30 22 0:26 / /run rw,nosuid shared:13 master:2 - tmpfs tmpfs rw,size=1k
            31 22 0:300 / /a\\040- rw - ramfs none rw
            32
            """
        #expect(FileSystemType.name(ofDevice: 0x801, in: text) == "ext4")
        #expect(FileSystemType.name(ofDevice: 26, in: text) == "tmpfs")
        // Minor numbers above 255 have their high bits elsewhere (makedev(3)).
        #expect(FileSystemType.name(ofDevice: 0x10_002C, in: text) == "ramfs")
        #expect(FileSystemType.name(ofDevice: 77, in: text) == nil)
        #expect(FileSystemType.isMemory("/proc") == false)
        #expect(FileSystemType.isMemory("/nowhere") == false)
    }

    @Test func comparesContents() throws {
        let directory = try TemporaryDirectory()
        let bytes = [UInt8](repeating: 7, count: 300 << 10)
        for (name, content) in [
            ("a", bytes), ("b", bytes), ("c", bytes.dropLast() + [8]), ("d", Array(bytes.dropLast())),
        ] {
            try TemporaryDirectory.write(content, to: directory.file(name))
        }
        let file = directory.file
        #expect(ImageStore.haveSameContent(file("a"), file("b")))
        #expect(!ImageStore.haveSameContent(file("a"), file("c")))
        #expect(!ImageStore.haveSameContent(file("a"), file("d")))
        #expect(!ImageStore.haveSameContent(file("a"), file("none")))
    }
}
