import Glibc
import Synchronization
import Testing

@testable import Zzz

/// What is kept of files, and when it is looked at again.
@Suite struct FileCacheTests {
    private final class Time: Sendable {
        let nanoseconds = Mutex<UInt64>(1_000_000_000)

        var clock: MonotonicClock { MonotonicClock { self.nanoseconds.withLock { $0 } } }

        func advance(_ milliseconds: UInt64) { nanoseconds.withLock { $0 += milliseconds * 1_000_000 } }
    }

    private let directory: TestDirectory
    private let time = Time()

    init() throws { directory = try TestDirectory() }

    private func host(_ cache: Static.Cache) throws -> FakeHost {
        let library = FileLibrary(
            directory: FileDirectory(path: directory.path, followsLinks: false),
            options: FileLibrary.Options(index: ["index.html"], codings: [.gzip], cache: cache), clock: time.clock)
        let host = FakeHost()
        try host.load {
            get("/*path") { context in
                guard try library.answer(context, context.head.pointee.path.buffer) else { throw Abort(.notFound) }
            }
        }
        return host
    }

    @Test func aFileIsLookedAtAgainAfterAWhile() throws {
        try directory.write("a", "old")
        let host = try host(Static.Cache(revalidation: .milliseconds(1000)))
        let tag = host.get("/a").header("ETag")
        try directory.write("a", "new", later: 1)
        time.advance(999)
        #expect(host.get("/a").text == "old")
        time.advance(1)
        #expect(host.get("/a").text == "new")
        #expect(host.get("/a").header("ETag") != tag)
        unlink(directory.path + "/a")
        #expect(host.get("/a").text == "new")
        time.advance(1000)
        #expect(host.get("/a").status == 404)
        #expect(host.get("/a").status == 404)
    }

    @Test func whatIsUnchangedIsKept() throws {
        try directory.write("a", "text")
        let host = try host(Static.Cache())
        let before = host.get("/a")
        time.advance(2000)
        let after = host.get("/a")
        #expect(after.header("ETag") == before.header("ETag"))
        // A sibling that turns up later is found.
        try directory.write("a.gz", "zip")
        time.advance(2000)
        #expect(host.get("/a", headers: [("Accept-Encoding", "gzip")]).text == "zip")
    }

    @Test func aDirectoryThatIsReplacedIsFound() throws {
        try directory.write("releases/1/a", "one")
        try directory.write("releases/2/a", "two")
        try directory.link("current", to: "releases/1")
        let host = FakeHost()
        let library = FileLibrary(
            directory: FileDirectory(path: directory.path + "/current", followsLinks: false),
            options: FileLibrary.Options(), clock: time.clock)
        try host.load {
            get("/*path") { _ = try library.answer($0, $0.head.pointee.path.buffer) }
        }
        #expect(host.get("/a").text == "one")
        unlink(directory.path + "/current")
        try directory.link("current", to: "releases/2")
        time.advance(1000)
        #expect(host.get("/a").text == "two")
    }

    @Test func aFileThatWasJustWrittenHasAWeakTag() throws {
        try directory.write("a", "text")
        utimensat(AT_FDCWD, directory.path + "/a", nil, 0)
        let host = try host(Static.Cache())
        #expect(host.get("/a").header("ETag")?.hasPrefix("W/\"") == true)
        try directory.touch("a")
        time.advance(1000)
        #expect(host.get("/a").header("ETag")?.hasPrefix("\"") == true)
    }

    @Test func aTagOfTheContentsDoesNotDependOnTheFile() throws {
        for name in ["a", "b"] {
            try directory.write(name, "text")
            // Also of a file that was just written.
            utimensat(AT_FDCWD, directory.path + "/" + name, nil, 0)
        }
        try directory.write("c", "tent")
        let library = FileLibrary(
            directory: FileDirectory(path: directory.path, followsLinks: false),
            options: FileLibrary.Options(tags: .contents), clock: time.clock)
        let host = FakeHost()
        try host.load { get("/*path") { _ = try library.answer($0, $0.head.pointee.path.buffer) } }
        let tags = ["a", "b", "c"].map { host.get("/\($0)").header("ETag") }
        // printf text | sha256sum | xxd -r -p | sha256sum
        #expect(tags[0] == "\"aa10070a4e571b204bbdf6de20978f0f\"")
        #expect(tags[0] == tags[1])
        #expect(tags[2] != tags[0])
        try directory.write("a", "next")
        utimensat(AT_FDCWD, directory.path + "/a", nil, 0)
        time.advance(1000)
        #expect(host.get("/a").header("ETag") != tags[0])
    }

    @Test func contentsAndPlacesAreLimited() throws {
        for index in 0..<64 { try directory.write("f\(index)", String(repeating: "x", count: 100)) }
        try directory.write("large", String(repeating: "x", count: 101))
        let cache = Static.Cache(fileCount: 8, contentBytes: 300, largestContentBytes: 100)
        let host = try host(cache)
        #expect(host.get("/large").calls == ["send_file"])
        for round in 0..<2 {
            for index in 0..<64 { #expect(host.get("/f\(index)").responseBody.count == 100, "\(round)") }
        }
        // Three contents fit.
        let hits = (0..<64).filter { host.get("/f\($0)").calls == ["respond"] }
        #expect(!hits.isEmpty)
        let store = FileCache(cache)
        #expect(store.hasRoom(forBytes: 100))
        #expect(!store.hasRoom(forBytes: 101))
        #expect(!FileCache(.none).hasRoom(forBytes: 1))
    }

    @Test func whatNobodyAsksForIsClosed() throws {
        let store = FileCache(Static.Cache(fileCount: 8, revalidation: .seconds(1000)))
        try directory.write("a", "x")
        let (idle, busy) = (try path("/idle"), try path("/busy"))
        store.keep(try variants(idle), now: 0)
        let minute: UInt64 = 60_000_000_000
        for now in [minute, minute + 1] {
            for _ in 0..<8 { store.keep(try variants(busy), now: now) }
            #expect(isFresh(store.find(idle, now: 0)) == (now == minute))
        }
        #expect(isFresh(store.find(busy, now: minute + 1)))
    }

    @Test func thePlaceThatWasUsedTheLongestAgoGoes() throws {
        let store = FileCache(Static.Cache(fileCount: 4))
        let paths = try (0..<5).map { try path("/f\($0)") }
        try directory.write("a", "x")
        for (index, path) in paths.enumerated() {
            if index == 4 { #expect(isFresh(store.find(paths[0], now: 0))) }
            store.keep(try variants(path), now: 0)
        }
        #expect(paths.map { isFresh(store.find($0, now: 0)) } == [true, false, true, true, true])
    }

    private func path(_ raw: String) throws -> FilePath {
        try Array(raw.utf8).withUnsafeBytes { try FilePath($0) }
    }

    private func variants(_ path: FilePath) throws -> FileVariants {
        guard case .file(let file)? = try FileDirectory(path: directory.path, followsLinks: false).open(self.path("/a"))
        else { throw SystemError("open", "a") }
        let plain = ServedFile(.memory([1]), file.metadata, contentType: "")
        return FileVariants(path: path, plain: plain, coded: [], metadata: [file.metadata], isSettled: true)
    }

    private func isFresh(_ found: FileCache.Found) -> Bool {
        if case .fresh = found { true } else { false }
    }
}
