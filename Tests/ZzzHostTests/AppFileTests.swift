import Glibc
import Testing

@testable import ZzzHost

/// What is refused before the dynamic linker sees it.
@Suite struct AppFileTests {
    let directory: TemporaryDirectory
    /// A good app's bytes.
    let good: [UInt8]

    init() throws {
        directory = try TemporaryDirectory()
        let path = directory.file("good.so")
        try FixtureApp.build(at: path)
        good = try TemporaryDirectory.read(path)
    }

    private func refusal(_ bytes: [UInt8]) throws -> AppError {
        let path = directory.file("bad.so")
        try TemporaryDirectory.write(bytes, to: path)
        let error = try #require(failure { () throws(AppError) in try AppFile(path: path) })
        #expect(error.file == path)
        return error
    }

    private func patched(_ offset: Int, _ bytes: [UInt8]) -> [UInt8] {
        var copy = good
        copy.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        return copy
    }

    @Test func aGoodFilePasses() throws {
        let file = try AppFile(path: directory.file("good.so"))
        #expect(file.byteCount == good.count)
    }

    @Test(arguments: [
        (Array("#!/bin/sh\n".utf8), "script"), (Array("!<arch>\n".utf8), "static library"),
        (Array("MZ....".utf8), "Windows"),
        ([UInt8](repeating: 0, count: 4096), "zero bytes"), ([0x1F, 0x8B, 8, 0], "gzip"),
        (Array("PK\u{3}\u{4}".utf8), "zip"),
        ([0xCF, 0xFA, 0xED, 0xFE], "macOS"), (Array("hello".utf8), "not an ELF file"),
    ])
    func notELF(bytes: [UInt8], hint: String) throws {
        let error = try refusal(bytes)
        #expect(error.reason.contains("not an ELF file"))
        #expect(error.reason.contains(hint))
        #expect(error.remedy.contains("-shared"))
    }

    @Test func empty() throws {
        #expect(try refusal([]).reason == "file is empty")
    }

    @Test func otherArchitecture() throws {
        for machine: UInt8 in [3, 8, 21, 40, 183, 243, 250] where UInt16(machine) != ELFImage.hostMachine {
            let error = try refusal(patched(18, [machine, 0]))
            #expect(error.reason.hasPrefix("built for "), "\(error)")
            #expect(error.reason.hasSuffix("this machine is \(ELFImage.Fault.hostName)"))
        }
    }

    @Test func otherClassOrderAndType() throws {
        #expect(try refusal(patched(4, [1])).reason == "a 32-bit file")
        #expect(try refusal(patched(5, [2])).reason == "a big-endian file")
        #expect(try refusal(patched(16, [1, 0])).reason == "an object file, not a shared library")
        #expect(try refusal(patched(16, [2, 0])).reason == "a program, not a shared library")
        #expect(try refusal(patched(16, [4, 0])).reason == "a core dump, not a shared library")
    }

    /// Cut anywhere, also within a header, within a table and one byte before the end.
    @Test func truncatedAtEveryLength() throws {
        var lengths = Array(1...200)
        lengths += stride(from: 201, to: good.count, by: 97)
        lengths += (good.count - 70)..<good.count
        for length in lengths where length < good.count {
            let error = try refusal(Array(good[..<length]))
            #expect(error.reason.hasPrefix("file is truncated"), "\(length): \(error)")
            #expect(error.remedy == "copy it beside and rename it in")
        }
    }

    /// The length is right and the end was never written: the section headers' entry sizes do not tell, their contents
    /// may.
    @Test func damagedHeaders() throws {
        #expect(try refusal(patched(54, [55, 0])).reason.contains("program headers have 55 bytes"))
        #expect(try refusal(patched(56, [0, 0])).reason.contains("no program headers"))
        #expect(try refusal(patched(58, [63, 0])).reason.contains("section headers have 63 bytes"))
        let farAway = [UInt8](repeating: 0xFF, count: 8)
        #expect(try refusal(patched(32, farAway)).reason.contains("out of range"))
        #expect(try refusal(patched(40, farAway)).reason.contains("out of range"))
    }

    /// What a header speaks of may reach to the last byte of the file, and no further.
    @Test func theLastByte() throws {
        func word(_ offset: Int) -> Int { (0..<8).reduce(0) { $0 | Int(good[offset + $1]) << ($1 * 8) } }
        // In the first program header p_offset and p_filesz, in the second section header sh_offset and sh_size
        // (elf(5)).
        let (program, section) = (word(32), word(40) + 64)
        for (start, length) in [(program + 8, program + 32), (section + 24, section + 32)] {
            for (beyond, isRefused) in [(-1, false), (0, false), (1, true)] {
                let count = good.count - word(start) + beyond
                let bytes = patched(length, (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) })
                let path = directory.file("edge.so")
                try TemporaryDirectory.write(bytes, to: path)
                let error = failure { () throws(AppError) in try AppFile(path: path) }
                #expect((error?.reason.hasPrefix("file is truncated") == true) == isRefused, "\(beyond)")
                #expect((error != nil) == isRefused)
            }
        }
    }

    @Test func whatIsNoFile() throws {
        let missing = directory.file("missing.so")
        #expect(failure { () throws(AppError) in try AppFile(path: missing) }?.reason == "no such file")

        #expect(failure { () throws(AppError) in try AppFile(path: directory.path) }?.reason == "not a regular file")

        let fifo = directory.file("fifo.so")
        try #require(mkfifo(fifo, 0o600) == 0)
        #expect(failure { () throws(AppError) in try AppFile(path: fifo) }?.reason == "not a regular file")

        let loop = directory.file("loop.so")
        try #require(symlink(loop, loop) == 0)
        #expect(failure { () throws(AppError) in try AppFile(path: loop) }?.reason.contains("symbolic link") == true)
    }

    @Test func theCopyHasTheSameBytesAndAnotherInode() throws {
        let path = directory.file("good.so")
        let copy = directory.file("copy.so")
        try AppFile(path: path).copy(to: copy)
        #expect(try TemporaryDirectory.read(copy) == good)
        #expect(FileIdentity(path: copy)?.inode != FileIdentity(path: path)?.inode)
        #expect(Directory.names(in: directory.path)?.contains("copy.so.new") == false)
    }

    @Test func aFileThatIsWrittenToMeanwhileIsRefused() throws {
        let path = directory.file("good.so")
        let copy = directory.file("copy.so")
        let file = try AppFile(path: path)
        try TemporaryDirectory.write(good + [0], to: path)
        #expect(failure { () throws(AppError) in try file.copy(to: copy) }?.reason.contains("written to") == true)
        #expect(access(copy, F_OK) != 0)
    }

    @Test func aCopyThatCannotBeWritten() throws {
        let file = try AppFile(path: directory.file("good.so"))
        let error = failure { () throws(AppError) in try file.copy(to: directory.file("no/such/place.so")) }
        #expect(error?.kind == .environment)
        #expect(error?.reason.contains("ENOENT") == true)
    }
}
