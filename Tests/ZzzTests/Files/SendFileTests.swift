import Glibc
import Testing

@testable import Zzz

/// Files that a handler answers with.
@Suite struct SendFileTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func answering(
        headers: [(String, String)] = [], _ answer: @escaping @Sendable (Context) throws -> Void
    ) throws -> FakeRequest {
        let host = FakeHost()
        try host.load { get("/") { try answer($0) } }
        return host.get("/", headers: headers)
    }

    @Test(arguments: [
        ("index.html", "text/html; charset=utf-8"), ("a.b/logo.SVG", "image/svg+xml; charset=utf-8"),
        ("a.html/data", "application/octet-stream"), ("none", "application/octet-stream"),
        ("x.unknown", "application/octet-stream"), ("movie.mp4", "video/mp4"), (".profile", "application/octet-stream"),
    ])
    func aFilesTypeFollowsFromItsName(_ name: String, _ type: String) throws {
        let path = try directory.write(name, "contents")
        let request = try answering { try $0.sendFile(path) }
        #expect(request.text == "contents")
        #expect(request.contentType == type)
        #expect(request.headers.map(\.0) == ["ETag", "Last-Modified", "Accept-Ranges"])
    }

    @Test func aPartOfAFile() throws {
        let path = try directory.write("a", "0123456789")
        let part: @Sendable (Context) throws -> Void = {
            try $0.sendFile(path, contentType: "video/mp4", offsetBytes: 2, lengthBytes: 5)
        }
        let request = try answering(part)
        #expect(request.status == 200)
        #expect(request.text == "23456")
        #expect(request.contentType == "video/mp4")
        let range = try answering(headers: [("Range", "bytes=-2")], part)
        #expect(range.text == "56")
        #expect(range.header("Content-Range") == "bytes 3-4/5")
        #expect(try answering { try $0.sendFile(path, offsetBytes: 8) }.text == "89")
        #expect(try answering { try $0.sendFile(path, offsetBytes: 10) }.text == "")
        for (offset, length) in [(11, nil), (0, 11), (5, 6), (0, -1)] as [(UInt64, Int64?)] {
            let request = try answering { try $0.sendFile(path, offsetBytes: offset, lengthBytes: length) }
            #expect(request.status == 500, "\(offset) \(length ?? 0)")
        }
    }

    @Test func anOpenFileStaysTheCallers() throws {
        let path = try directory.write("a", "0123456789")
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let request = try answering { try $0.sendFile(descriptor: descriptor, name: "a.txt") }
        #expect(request.text == "0123456789")
        #expect(request.contentType == "text/plain; charset=utf-8")
        #expect(fcntl(descriptor, F_GETFD) >= 0)
        #expect(try answering { try $0.sendFile(descriptor: -1) }.status == 500)
    }

    @Test func conditionsAreNotForOtherStatusesAndMethods() throws {
        let path = try directory.write("a", "0123456789")
        let fields = [("If-None-Match", "*"), ("Range", "bytes=0-1")]
        #expect(try answering(headers: fields) { try $0.sendFile(path) }.status == 304)
        let page = try answering(headers: fields) { context in
            context.status = .notFound
            try context.sendFile(path)
        }
        #expect(page.status == 404)
        #expect(page.text == "0123456789")
        let host = FakeHost()
        try host.load { post("/") { try $0.sendFile(path) } }
        #expect(host.send(FakeRequest("POST", "/", headers: fields)).text == "0123456789")
    }

    @Test func whatIsNoFileIs404() throws {
        let path = directory.path
        #expect(try answering { try $0.sendFile(path + "/none") }.status == 404)
        #expect(try answering { try $0.sendFile(path + "/none/none") }.status == 404)
        #expect(try answering { try $0.sendFile(path) }.status == 404)
        #expect(try answering { try $0.sendFile("/dev/null") }.status == 404)
    }

    // MARK: Downloads

    @Test func aDownloadHasAName() throws {
        let path = try directory.write("report 7.pdf", "%PDF")
        let request = try answering { try $0.sendDownload(path) }
        #expect(request.header("Content-Disposition") == "attachment; filename=\"report 7.pdf\"")
        #expect(request.contentType == "application/pdf")
        #expect(request.text == "%PDF")
        #expect(request.header("ETag") != nil)
        let renamed = try answering { try $0.sendDownload(path, as: "Überblick.csv", isInline: true) }
        #expect(
            renamed.header("Content-Disposition")
                == "inline; filename=\"_berblick.csv\"; filename*=UTF-8''%C3%9Cberblick.csv")
        #expect(renamed.contentType == "text/csv; charset=utf-8")
        let none = try answering { try $0.sendDownload("/none") }
        #expect(none.status == 404)
        #expect(none.header("Content-Disposition") == nil)
    }

    @Test func bytesAreADownloadToo() throws {
        let request = try answering { try $0.sendDownload(Array("a;b".utf8), as: "a.csv") }
        #expect(request.text == "a;b")
        #expect(request.contentType == "text/csv; charset=utf-8")
        #expect(request.header("Content-Disposition") == "attachment; filename=\"a.csv\"")
        let typed = try answering { try $0.sendDownload([1], as: "a", contentType: "application/x-own") }
        #expect(typed.contentType == "application/x-own")
    }

    @Test func aRefusalOfTheHostIs500() throws {
        let path = try directory.write("a", "x")
        let host = FakeHost()
        try host.load { get("/") { try $0.sendFile(path) } }
        let request = FakeRequest("GET", "/")
        request.fileStatus = HostStatus.io
        #expect(host.send(request).status == 500)
        #expect(host.log.count == 1)
    }
}
