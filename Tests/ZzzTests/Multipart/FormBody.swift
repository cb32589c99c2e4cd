/// Writes multipart forms as browsers do.
struct FormBody {
    static let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    static let type = ("Content-Type", "multipart/form-data; boundary=\(boundary)")

    private(set) var bytes: [UInt8] = []

    static func field(_ name: String, _ value: String) -> FormBody {
        FormBody().part("form-data; name=\"\(name)\"", value: Array(value.utf8))
    }

    func field(_ name: String, _ value: String) -> FormBody {
        part("form-data; name=\"\(name)\"", value: Array(value.utf8))
    }

    func file(_ name: String, _ fileName: String, _ value: [UInt8], type: String? = "text/plain") -> FormBody {
        part("form-data; name=\"\(name)\"; filename=\"\(fileName)\"", type: type, value: value)
    }

    func part(_ disposition: String, type: String? = nil, value: [UInt8]) -> FormBody {
        raw(
            "Content-Disposition: \(disposition)\r\n" + (type.map { "Content-Type: \($0)\r\n" } ?? ""), value: value)
    }

    func raw(_ header: String, value: [UInt8] = []) -> FormBody {
        var body = self
        body.bytes += "--\(Self.boundary)\r\n\(header)\r\n".utf8
        body.bytes += value
        body.bytes += "\r\n".utf8
        return body
    }

    /// With the last boundary.
    var whole: [UInt8] { bytes + "--\(Self.boundary)--\r\n".utf8 }
}
