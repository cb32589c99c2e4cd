// The code of docs/middleware/files.md, so that it compiles. DocumentationTests compares the two.
import Zzz

struct Webshop: App {
    let assets: String
    let invoices: String

    var endpoint: Pipeline {
        Pipeline {
            Static(
                at: "/assets", from: assets, precompressed: [.brotli, .zstandard, .gzip],
                caching: [.digestedNames, CacheRule("*.html", "no-store"), CacheRule("images/**", "max-age=86400")])
        }
    }

    func routes() -> [Route] {
        scope("/account", through: [Pipeline { requireUser }]) {
            Static(at: "/invoices", from: invoices, index: [], cache: .none)
        }
    }
}

struct FilesExample: App {
    func routes() -> [Route] {
        get("/report") { context in try context.sendFile("/srv/reports/latest.html") }
        get("/report.pdf") { context in try context.sendDownload("/srv/reports/7.pdf", as: "Übersicht.pdf") }
        get("/orders.csv") { context in try context.sendDownload(Array("id;total\n".utf8), as: "orders.csv") }
        get("/clip") { context in
            try context.sendFile("/srv/clips.bin", contentType: "video/mp4", offsetBytes: 4096, lengthBytes: 1 << 20)
        }
        post("/import", streamBody: true) { context in
            var lines = 0
            for try await part in try context.parts() where part.fileName != nil {
                for try await piece in part { lines += piece.count { $0 == 10 } }
            }
            return "\(lines) lines"
        }
    }
}

let photos = Pipeline {
    BodyParser(
        [.form, .multipart],
        uploadLimits: UploadLimits(fileCount: 10, fieldBytes: 64 << 10, fileBytes: 20 << 20, totalBytes: 50 << 20))
}

struct Album: App {
    func routes() -> [Route] {
        post("/photos", through: [photos]) { context in
            let photo = try context.params.require("photo", as: Upload.self)
            guard photo.contentType == "image/jpeg" else { throw Abort(.unsupportedMediaType) }
            try photo.move(to: "/srv/album/\(RandomText.hexadecimal(bytes: 16)).jpg")
            return "\(photo.fileName) has \(photo.size) bytes"
        }
        post("/albums", through: [photos]) { context in
            let pictures = context.params.all("pictures", as: Upload.self)  // name="pictures" or "pictures[]"
            let cover = context.params["album[cover]", as: Upload.self]
            return "\(try context.params.require("album[title]")): \(pictures.count) \(try cover?.bytes.count ?? 0)"
        }
    }
}
