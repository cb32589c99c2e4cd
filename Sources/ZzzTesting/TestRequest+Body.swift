import Zzz
import ZzzJSON

extension TestRequest {
    /// A body of bytes.
    public func body(_ bytes: [UInt8], contentType: String) -> TestRequest {
        changed {
            $0.body = .whole(bytes)
            $0.setHeader("Content-Type", contentType)
        }
    }

    /// A body of text.
    public func body(_ text: String, contentType: String = "text/plain; charset=utf-8") -> TestRequest {
        body(Array(text.utf8), contentType: contentType)
    }

    /// A body without a length, sent in these chunks.
    public func chunks(_ pieces: [[UInt8]], contentType: String = "application/octet-stream") -> TestRequest {
        changed {
            $0.body = .chunked(pieces)
            $0.setHeader("Content-Type", contentType)
        }
    }

    /// A body of JSON.
    public func json(_ value: some Encodable) throws -> TestRequest {
        body(try JSONBytesEncoder().encode(value), contentType: "application/json")
    }

    /// The body that a browser makes of a form. A name may be there more than once.
    /// - Parameter page: where the form is: what else its inputs hold is sent along, hidden tokens too.
    public func form(_ fields: KeyValuePairs<String, String>, of page: TestResponse? = nil) -> TestRequest {
        body(FormEncoding.text(Self.pairs(fields, page)), contentType: "application/x-www-form-urlencoded")
    }

    /// The body that a browser makes of a form with files (RFC 7578).
    /// - Parameter page: as with ``form(_:of:)``.
    public func multipart(
        _ fields: KeyValuePairs<String, String> = [:], files: [TestFile] = [], of page: TestResponse? = nil
    ) -> TestRequest {
        let boundary = "zzz-testing-boundary"
        var bytes: [UInt8] = []
        for (name, value) in Self.pairs(fields, page) {
            bytes += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name.quoted)\"\r\n\r\n\(value)\r\n".utf8
        }
        for file in files {
            bytes += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(file.field.quoted)\"; ".utf8
            bytes += "filename=\"\(file.name.quoted)\"\r\nContent-Type: \(file.contentType)\r\n\r\n".utf8
            bytes += file.bytes + "\r\n".utf8
        }
        bytes += "--\(boundary)--\r\n".utf8
        return body(bytes, contentType: "multipart/form-data; boundary=\(boundary)")
    }

    /// What is in the page's inputs, with these fields in their place.
    private static func pairs(
        _ fields: KeyValuePairs<String, String>, _ page: TestResponse?
    ) -> [(String, String)] {
        let own = Set(fields.map(\.key))
        let others = page?.inputs.filter { !own.contains($0.key) }.sorted { $0.key < $1.key } ?? []
        return others.map { ($0.key, $0.value) } + fields.map { ($0.key, $0.value) }
    }
}

/// A file in a form.
public struct TestFile: Sendable {
    /// The form's field.
    public var field: String
    /// What the client calls it.
    public var name: String
    public var contentType: String
    public var bytes: [UInt8]

    public init(_ field: String, name: String, contentType: String, _ bytes: [UInt8]) {
        self.field = field
        self.name = name
        self.contentType = contentType
        self.bytes = bytes
    }
}

extension String {
    /// As browsers write a name into Content-Disposition (WHATWG HTML, multipart/form-data encoding algorithm).
    fileprivate var quoted: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "%22"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
