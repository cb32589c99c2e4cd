import ZzzAppABI

/// Header fields copied out of an app's memory, for another thread.
struct OwnedHeaders: Sendable {
    private let fields: [(name: [UInt8], value: [UInt8])]

    init(_ headers: UnsafeBufferPointer<zzz_header>) {
        fields = headers.map { (Array($0.name.buffer), Array($0.value.buffer)) }
    }

    init(_ fields: [(name: String, value: String)]) {
        self.fields = fields.map { (Array($0.name.utf8), Array($0.value.utf8)) }
    }

    static func + (left: OwnedHeaders, right: OwnedHeaders) -> OwnedHeaders {
        OwnedHeaders(left.fields + right.fields)
    }

    private init(_ fields: [(name: [UInt8], value: [UInt8])]) { self.fields = fields }

    /// Calls `body` with the fields as the ABI has them, valid during the call.
    func with<Failure: Error>(_ body: (UnsafeBufferPointer<zzz_header>) throws(Failure) -> Void) throws(Failure) {
        let storage = ImmutableBytes(fields.flatMap { $0.name + $0.value })
        var offset = 0
        var list: [zzz_header] = []
        for field in fields {
            let name = slice(storage, &offset, field.name.count)
            let value = slice(storage, &offset, field.value.count)
            list.append(zzz_header(name: name, value: value))
        }
        let failure: Failure? = list.withUnsafeBufferPointer { list in
            do throws(Failure) { try body(list) } catch { return error }
            return nil
        }
        withExtendedLifetime(storage) {}
        if let failure { throw failure }
    }

    private func slice(_ storage: ImmutableBytes, _ offset: inout Int, _ count: Int) -> zzz_bytes {
        defer { offset += count }
        return zzz_bytes(UnsafeRawBufferPointer(rebasing: storage.buffer[offset..<offset + count]))
    }
}

/// A response copied out of an app's memory, for another thread.
struct OwnedResponse: Sendable {
    private let status: UInt16
    private let flags: UInt16
    private let headers: OwnedHeaders
    private let contentType: ImmutableBytes
    private let body: ImmutableBytes

    init(_ response: UnsafePointer<zzz_http_response>) {
        status = response.pointee.status
        flags = response.pointee.flags
        headers = OwnedHeaders(
            UnsafeBufferPointer(start: response.pointee.headers, count: Int(response.pointee.header_count)))
        contentType = ImmutableBytes(response.pointee.content_type.buffer)
        body = ImmutableBytes(response.pointee.body.buffer)
    }

    /// Calls `body` with the response as the ABI has it, valid during the call.
    func with<Failure: Error>(
        _ function: (UnsafePointer<zzz_http_response>) throws(Failure) -> Void
    ) throws(Failure) {
        try headers.with { list throws(Failure) in
            var response = zzz_http_response()
            response.size = UInt32(MemoryLayout<zzz_http_response>.size)
            response.status = status
            response.flags = flags
            response.headers = list.baseAddress
            response.header_count = UInt32(list.count)
            response.content_type = zzz_bytes(contentType.buffer)
            response.body = zzz_bytes(body.buffer)
            try function(&response)
        }
    }
}
