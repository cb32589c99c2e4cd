import ZzzHTTP

/// What the header of a form's part says about it (RFC 7578 section 4).
struct PartHead {
    /// The form's field.
    let name: String
    /// As the client gives it; nil for a field that is no file.
    let fileName: String?
    /// As it came; nil when the client does not say.
    let contentType: String?

    /// An ``Abort`` that renders as 400 when it is no part of a form.
    init(_ fields: [MultipartHeader.Field]) throws {
        let dispositions = fields.filter { $0.name == "content-disposition" }
        guard dispositions.count == 1, let disposition = ContentDisposition(parsing: dispositions[0].value),
            disposition.type == "form-data", disposition.bytes(of: "name") != nil
        else { throw Abort(part: "a part needs one Content-Disposition: form-data with its name (RFC 7578 4.2)") }
        guard let name = disposition["name"] else { throw Abort(part: "a part's name is not UTF-8") }
        let types = fields.filter { $0.name == "content-type" }
        guard types.count <= 1 else { throw Abort(part: "the part \(name) has several types") }
        self.name = name
        if disposition.hasFileName {
            guard let fileName = disposition.fileName else {
                throw Abort(part: "the file name of the part \(name) is not UTF-8")
            }
            self.fileName = fileName
        } else {
            fileName = nil
        }
        contentType = types.first.map { String(decoding: $0.value, as: UTF8.self) }
        // RFC 7578 section 4.7: nobody sends those any more; what they stand for would be taken for the content.
        for field in fields where field.name == "content-transfer-encoding" {
            let encoding = String(decoding: field.value, as: UTF8.self).lowercased()
            guard ["7bit", "8bit", "binary"].contains(encoding) else {
                throw Abort(part: "the part \(name) has the Content-Transfer-Encoding \(encoding)")
            }
        }
        if fileName == nil, let charset = contentType.flatMap({ MediaType($0)["charset"] }),
            charset != "utf-8", charset != "us-ascii"
        {
            throw Abort(part: "the part \(name) is in the character set \(charset), not in UTF-8")
        }
    }
}

extension Abort {
    /// 400: a part of a form is not well-formed.
    init(part reason: String) {
        self.init(
            .badRequest, "The body cannot be read: \(reason).", details: [("in", "body"), ("reason", .string(reason))])
    }

    /// 400 or 413: the body is not well-formed.
    init(_ error: MultipartError) {
        self.init(
            Status(rawValue: error.status), "The body cannot be read: \(error).",
            details: [
                ("in", "body"), ("offset", .integer(Int64(clamping: error.offset))), ("reason", .string("\(error)")),
            ])
    }
}

extension MultipartBoundary {
    /// The boundary that a Content-Type names. An ``Abort`` that renders as 400 without one.
    init(contentType: String) throws {
        // Unlike other parameters its case matters.
        let parameters = contentType.split(separator: ";").dropFirst().map { $0.trimmingBlanks() }
        let values = parameters.compactMap { parameter -> Substring? in
            guard let equals = parameter.firstIndex(of: "="), parameter[..<equals].lowercased() == "boundary" else {
                return nil
            }
            let value = parameter[parameter.index(after: equals)...]
            return value.hasPrefix("\"") && value.hasSuffix("\"") && value.utf8.count > 1
                ? value.dropFirst().dropLast() : value
        }
        guard values.count == 1, let boundary = MultipartBoundary(values[0]) else {
            throw Abort(part: "the Content-Type needs one boundary of 1 to 70 characters (RFC 2046 5.1.1)")
        }
        self = boundary
    }
}
