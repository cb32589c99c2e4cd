import Glibc
import Testing

@testable import ZzzHost

/// What the kernel says about the apps directory.
@Suite struct AppsDirectoryTests {
    let directory: TemporaryDirectory
    let watcher: AppsDirectory

    init() throws {
        directory = try TemporaryDirectory()
        watcher = try AppsDirectory(path: directory.file("apps"))
    }

    private func path(_ name: String) -> String { watcher.path + "/" + name }

    /// Events are there as soon as the call that caused them has returned (inotify(7)).
    private func changes() -> [AppsDirectory.Change] { watcher.readChanges() }

    @Test func nothingHappened() {
        #expect(changes().isEmpty)
    }

    @Test func renamedIn() throws {
        try TemporaryDirectory.write([1], to: directory.file("x"))
        try #require(rename(directory.file("x"), path("blog.so")) == 0)
        #expect(changes() == [.appeared("blog.so")])
        try TemporaryDirectory.write([1], to: directory.file("x"))
        try #require(rename(directory.file("x"), path("blog.so")) == 0)
        #expect(changes() == [.replaced("blog.so")])
    }

    @Test func renamedWithinTheDirectory() throws {
        try TemporaryDirectory.write([1], to: path(".blog.so.part"))
        #expect(changes().isEmpty)
        try #require(rename(path(".blog.so.part"), path("blog.so")) == 0)
        #expect(changes() == [.appeared("blog.so")])
        try #require(rename(path("blog.so"), path("shop.so")) == 0)
        #expect(changes() == [.removed("blog.so"), .appeared("shop.so")])
    }

    /// Nothing is said before the writer closes the file.
    @Test func copiedIn() throws {
        let file = try #require(fopen(path("blog.so"), "we"))
        fputs("half", file)
        fflush(file)
        #expect(changes().isEmpty)
        fclose(file)
        // A child that another test starts has a copy for a moment: the file is closed with the last one.
        var waiting = pollfd(fd: watcher.descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 20_000) < 0, errno == EINTR {}
        #expect(changes() == [.appeared("blog.so")])
    }

    @Test func linkedIn() throws {
        try TemporaryDirectory.write([1], to: directory.file("x.so"))
        try #require(symlink(directory.file("x.so"), path("soft.so")) == 0)
        try #require(link(directory.file("x.so"), path("hard.so")) == 0)
        #expect(changes() == [.appeared("soft.so"), .appeared("hard.so")])
        try #require(unlink(path("soft.so")) == 0)
        #expect(changes() == [.removed("soft.so")])
    }

    @Test func removed() throws {
        try TemporaryDirectory.write([1], to: path("blog.so"))
        try TemporaryDirectory.write([1], to: path("shop.so"))
        _ = changes()
        unlink(path("blog.so"))
        try #require(rename(path("shop.so"), directory.file("shop.so")) == 0)
        #expect(changes() == [.removed("blog.so"), .removed("shop.so")])
    }

    @Test func manyEventsOfOneFileAreOneChange() throws {
        for _ in 1...20 { try TemporaryDirectory.write([1], to: path("blog.so")) }
        #expect(changes() == [.appeared("blog.so")])
        unlink(path("blog.so"))
        try TemporaryDirectory.write([1], to: path("blog.so"))
        #expect(changes() == [.replaced("blog.so")])
        // It came and went: nobody has known it.
        try TemporaryDirectory.write([1], to: path("shop.so"))
        unlink(path("shop.so"))
        #expect(changes().isEmpty)
    }

    @Test func otherNamesAreLeftAlone() throws {
        for name in ["notes.txt", ".hidden.so", "#x.so", "~x.so", "blog.so~", "blog.so.part", ".so", "so"] {
            try TemporaryDirectory.write([1], to: path(name))
        }
        try #require(mkdir(path("dir.so"), 0o755) == 0)
        #expect(changes().isEmpty)
        #expect(AppsDirectory.isAppFile("a.so"))
    }

    @Test func filesThatWereThereBefore() throws {
        try TemporaryDirectory.write([1], to: path("blog.so"))
        let second = try AppsDirectory(path: watcher.path)
        try TemporaryDirectory.write([1], to: path("blog.so"))
        #expect(second.readChanges() == [.replaced("blog.so")])
    }

    @Test func theDirectoryGoesAndComesBack() throws {
        try TemporaryDirectory.write([1], to: path("blog.so"))
        _ = changes()
        try #require(rename(watcher.path, directory.file("old")) == 0)
        #expect(changes() == [.rescan])
        #expect(watcher.rewatch())
        try TemporaryDirectory.write([1], to: path("shop.so"))
        #expect(changes() == [.appeared("shop.so")])
        // Nothing is said any more about the directory that was moved away.
        try TemporaryDirectory.write([1], to: directory.file("old/wiki.so"))
        #expect(changes().isEmpty)
    }

    @Test func aDirectoryThatCannotBeMade() throws {
        try TemporaryDirectory.write([1], to: directory.file("file"))
        let error = failure { () throws(AppError) in try AppsDirectory(path: directory.file("file/apps")) }
        #expect(error?.reason.contains("cannot be watched") == true)
        let notDirectory = failure { () throws(AppError) in try AppsDirectory(path: directory.file("file")) }
        #expect(notDirectory?.kind == .environment)
    }

    /// struct inotify_event, as the kernel writes it, cut anywhere.
    @Test func batches() {
        func event(_ mask: Int, _ name: String, padding: Int = 3) -> [UInt8] {
            let length = name.isEmpty ? 0 : name.utf8.count + padding
            func word(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
            let header = word(1) + word(UInt32(mask)) + word(0) + word(UInt32(length))
            return header + Array(name.utf8) + [UInt8](repeating: 0, count: name.isEmpty ? 0 : padding)
        }
        func batch(_ bytes: [UInt8], isComplete: Bool = false) -> InotifyBatch {
            var batch = InotifyBatch()
            bytes.withUnsafeBytes { batch.add($0) { _ in isComplete } }
            return batch
        }
        let two = event(Int(IN_MOVED_TO), "b.so") + event(Int(IN_DELETE), "a.so", padding: 12)
        #expect(batch(two).files == ["b.so", "a.so"])
        #expect(batch(two + event(Int(IN_CLOSE_WRITE), "b.so")).files == ["b.so", "a.so"])
        #expect(batch(event(Int(IN_CREATE), "a.so")).files.isEmpty)
        #expect(batch(event(Int(IN_CREATE), "a.so"), isComplete: true).files == ["a.so"])
        #expect(batch(event(Int(IN_MOVED_TO | IN_ISDIR), "a.so")).files.isEmpty)
        #expect(batch(event(Int(IN_Q_OVERFLOW), "")).isIncomplete)
        for mask in [IN_IGNORED, IN_DELETE_SELF, IN_MOVE_SELF, IN_UNMOUNT] {
            #expect(batch(event(Int(mask), "")).isDirectoryGone)
        }
        for length in 0..<two.count { #expect(batch(Array(two[..<length])).files.count <= 2) }
    }
}
