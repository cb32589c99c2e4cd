import ZzzAppABI

/// The request as the handler sees it: valid until it returns, or until the release when it was retained.
struct Head: @unchecked Sendable {
    // @unchecked: the memory does not change while the request lives; a test that passes it on has retained it.
    let pointer: UnsafePointer<zzz_http_request>

    init(_ pointer: UnsafePointer<zzz_http_request>) { self.pointer = pointer }

    var method: String { pointer.pointee.method_name.string }
    var target: String { pointer.pointee.target.string }
    var path: String { pointer.pointee.path.string }
    var query: String { pointer.pointee.query.string }
    var mount: String { pointer.pointee.mount.string }
    var authority: String { pointer.pointee.authority.string }
    var body: [UInt8] { pointer.pointee.body.array }
    var text: String { pointer.pointee.body.string }
    var contentLength: Int64 { pointer.pointee.content_length }
    var unmatchedStatus: UInt16 { pointer.pointee.unmatched_status }
    var allow: String { pointer.pointee.allow.string }
    var params: [String] { (0..<Int(pointer.pointee.param_count)).map { pointer.pointee.params[$0].string } }
    var headers: [(name: String, value: String)] {
        (0..<Int(pointer.pointee.header_count)).map {
            (pointer.pointee.headers[$0].name.string, pointer.pointee.headers[$0].value.string)
        }
    }
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    func has(_ flag: Int) -> Bool { Int(pointer.pointee.flags) & flag != 0 }
}
