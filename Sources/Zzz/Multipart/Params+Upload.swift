extension Params {
    /// The file that came in a field of the form that ``BodyParser`` has read: "photo", "user[avatar]". Nil when there
    /// is none; the last one when there are several.
    public subscript(name: String, as type: Upload.Type) -> Upload? {
        guard let index = body?.value(at: name).flatMap(Upload.index), context.uploads.indices.contains(index) else {
            return nil
        }
        return context.uploads[index]
    }

    /// The file. An ``Abort`` that renders as 400 without one.
    public func require(_ name: String, as type: Upload.Type) throws -> Upload {
        if let upload = self[name, as: type] { return upload }
        guard let source = source(of: name) else { throw Abort(missingParameter: name) }
        throw Abort(badParameter: name, source, expected: type)
    }

    /// All the files of a field; `photos` and `photos[]` are the same.
    public func all(_ name: String, as type: Upload.Type) -> [Upload] {
        context.uploads.filter { $0.field == name || $0.field == name + "[]" }
    }
}
