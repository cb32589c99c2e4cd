import Glibc
import ZzzHTTP

/// Reads a form out of a multipart body as it arrives (RFC 7578): fields into memory, files into temporary ones.
final class MultipartForm {
    private var parser: MultipartParser
    private let limits: UploadLimits
    private let makeFile: () throws -> TemporaryFile
    private var tree: FormTree
    private var uploads: [Upload] = []
    private var partCount = 0
    private var fieldBytes = 0
    private var part = Part.none

    private enum Part {
        case none
        case field(name: String, value: [UInt8])
        case file(PartHead, fileName: String, size: Int, TemporaryFile)
    }

    /// - Parameter makeFile: makes the temporary files.
    init(
        boundary: MultipartBoundary, limits: UploadLimits, formLimits: FormLimits,
        makeFile: @escaping () throws -> TemporaryFile
    ) {
        parser = MultipartParser(boundary: boundary, limits: MultipartLimits(headerBytes: limits.headerBytes))
        self.limits = limits
        self.makeFile = makeFile
        tree = FormTree(limits: formLimits)
    }

    /// Takes the next piece of the body. An ``Abort`` for what is malformed or too much.
    func feed(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        do {
            while let event = try parser.next(&rest) {
                switch event {
                case .part: try begin()
                case .data(let data): try append(data)
                case .partEnd: try end()
                case .end: break
                }
            }
        } catch let error as MultipartError {
            throw Abort(error)
        } catch let error as SystemError where error.code == ENOSPC || error.code == EDQUOT {
            throw Abort(.insufficientStorage, "There is no room for the files.")
        }
    }

    /// The body is over: what was in it.
    func finish() throws -> (fields: JSONValue, uploads: [Upload]) {
        do throws(MultipartError) { try parser.finish() } catch { throw Abort(error) }
        return (tree.root, uploads)
    }

    private func begin() throws {
        partCount += 1
        try limit(partCount, limits.partCount, "more than \(limits.partCount) parts")
        let head = try PartHead(parser.fields)
        guard let fileName = head.fileName else {
            part = .field(name: head.name, value: [])
            return
        }
        try limit(uploads.count + 1, limits.fileCount, "more than \(limits.fileCount) files", head.name)
        part = .file(head, fileName: fileName, size: 0, try makeFile())
    }

    private func append(_ data: UnsafeRawBufferPointer) throws {
        switch part {
        case .none: break
        case .field(let name, var value):
            fieldBytes += data.count
            try limit(fieldBytes, limits.fieldBytes, "the fields have more than \(limits.fieldBytes) bytes", name)
            part = .none
            value += data
            part = .field(name: name, value: value)
        case .file(let head, let fileName, let size, let file):
            let most = limits.fileBytes ?? .max
            try limit(size + data.count, most, "a file has more than \(most) bytes", head.name)
            try file.append(data)
            part = .file(head, fileName: fileName, size: size + data.count, file)
        }
    }

    private func end() throws {
        defer { part = .none }
        switch part {
        case .none: break
        case .field(let name, let value):
            guard let text = String(validating: value, as: UTF8.self) else {
                throw Abort(FormError(status: .badRequest, field: name, reason: "the value is not UTF-8"))
            }
            try add(name, .string(text))
        case .file(let head, let fileName, let size, let file):
            // What a browser sends for a field in which no file was chosen.
            guard !fileName.isEmpty || size > 0 else { return }
            let upload = Upload(
                field: head.name, fileName: FileName.harmless(fileName),
                contentType: head.contentType ?? "application/octet-stream", size: size, file: file)
            uploads.append(upload)
            try add(head.name, upload.description(at: uploads.count - 1))
        }
    }

    private func add(_ name: String, _ value: JSONValue) throws {
        do throws(FormError) { try tree.add(name, value) } catch { throw Abort(error) }
    }

    private func limit(_ count: Int, _ most: Int, _ reason: String, _ field: String = "") throws {
        guard count > most else { return }
        throw Abort(FormError(status: .contentTooLarge, field: field, reason: reason))
    }
}

extension Upload {
    /// What stands for it among the form's values, which are text otherwise.
    fileprivate func description(at index: Int) -> JSONValue {
        [
            "upload": .integer(Int64(index)), "file_name": .string(fileName), "content_type": .string(contentType),
            "size": .integer(Int64(size)),
        ]
    }

    /// Which of the form's uploads a value stands for; nil for a value that is none.
    static func index(of value: JSONValue) -> Int? {
        guard case .integer(let index)? = value.objectValue?["upload"] else { return nil }
        return Int(index)
    }
}

extension Abort {
    /// 400 or 413: form data cannot be read.
    init(_ error: FormError) {
        let place = error.field.isEmpty ? "The body" : "The field \(error.field) of the body"
        self.init(
            error.status, "\(place) cannot be read: \(error.reason).",
            details: [("in", "body"), ("parameter", .string(error.field)), ("reason", .string(error.reason))])
    }
}
