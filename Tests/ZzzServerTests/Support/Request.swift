import Glibc
import ZzzAppABI
import ZzzIO
import ZzzServer

/// What an app holds of a request: the calls of `zzz_http` as an app sees them, each of which answers with a status.
struct Request: @unchecked Sendable {
    // @unchecked: a handle is a number, which any thread may use.
    let handle: OpaquePointer?

    init(_ handle: OpaquePointer?) { self.handle = handle }

    init(bits: UInt64) { handle = OpaquePointer(bitPattern: UInt(bits)) }

    private func call(_ body: () throws(RequestCalls.Refusal) -> Int32) -> Int32 {
        do throws(RequestCalls.Refusal) { return try body() } catch { return error.status }
    }

    @discardableResult
    func retain() -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try RequestCalls.retain(handle)
            return 0
        }
    }

    @discardableResult
    func release() -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try RequestCalls.release(handle)
            return 0
        }
    }

    @discardableResult
    func abort() -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try RequestCalls.abort(handle)
            return 0
        }
    }

    // MARK: Responses

    @discardableResult
    func respond(
        _ body: [UInt8], status: UInt16 = 200, type: String = "text/plain", headers: [(String, String)] = [],
        close: Bool = false
    ) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try ResponseMemory(status, type, headers, body, close).with { response throws(RequestCalls.Refusal) in
                try RequestCalls.respond(handle, response)
            }
            return 0
        }
    }

    @discardableResult
    func respond(
        _ text: String = "", status: UInt16 = 200, type: String = "text/plain", headers: [(String, String)] = [],
        close: Bool = false
    ) -> Int32 {
        respond(Array(text.utf8), status: status, type: type, headers: headers, close: close)
    }

    @discardableResult
    func begin(
        status: UInt16 = 200, headers: [(String, String)] = [], length: Int64 = -1, first: String = ""
    ) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            let memory = ResponseMemory(status, "", headers, Array(first.utf8), false)
            try memory.with { response throws(RequestCalls.Refusal) in
                try RequestCalls.begin(handle, response, contentLength: length)
            }
            return 0
        }
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Int32 {
        let result: Result<Bool, RequestCalls.Refusal> = bytes.withUnsafeBytes { bytes in
            do throws(RequestCalls.Refusal) { return .success(try RequestCalls.write(handle, bytes)) } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let isFull): return isFull ? Int32(ZZZ_WAIT) : 0
        case .failure(let refusal): return refusal.status
        }
    }

    @discardableResult
    func write(_ text: String) -> Int32 { write(Array(text.utf8)) }

    @discardableResult
    func finish(trailers: [(String, String)] = []) -> Int32 {
        withHeaders(trailers) { list throws(RequestCalls.Refusal) in try RequestCalls.finish(handle, list) }
    }

    @discardableResult
    func inform(_ status: UInt16, _ headers: [(String, String)] = []) -> Int32 {
        withHeaders(headers) { list throws(RequestCalls.Refusal) in try RequestCalls.inform(handle, status, list) }
    }

    @discardableResult
    func upgrade(_ headers: [(String, String)]) -> Int32 {
        withHeaders(headers) { list throws(RequestCalls.Refusal) in try RequestCalls.upgrade(handle, list) }
    }

    @discardableResult
    func keepTemporaryFile(_ file: Int32) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try RequestCalls.keepTemporaryFile(handle, file)
            return 0
        }
    }

    @discardableResult
    func sendFile(_ file: Int32, offset: Int, length: Int, status: UInt16 = 200) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            let memory = ResponseMemory(status, "", [], [], false)
            try memory.with { response throws(RequestCalls.Refusal) in
                try RequestCalls.sendFile(handle, response, file: file, offset: offset, length: length)
            }
            return 0
        }
    }

    private func withHeaders(
        _ headers: [(String, String)],
        _ body: (UnsafeBufferPointer<zzz_header>) throws(RequestCalls.Refusal) -> Void
    ) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try ResponseMemory(200, "", headers, [], false).with { response throws(RequestCalls.Refusal) in
                try body(
                    UnsafeBufferPointer(start: response.pointee.headers, count: Int(response.pointee.header_count)))
            }
            return 0
        }
    }

    // MARK: Callbacks

    private final class BodyCallback: Sendable {
        let body: @Sendable (Request, BodyEvent) -> Void
        init(_ body: @escaping @Sendable (Request, BodyEvent) -> Void) { self.body = body }
    }
    private final class Callback: Sendable {
        let body: @Sendable (Request) -> Void
        init(_ body: @escaping @Sendable (Request) -> Void) { self.body = body }
    }

    /// What comes to a body callback.
    enum BodyEvent: Sendable, Equatable {
        case data([UInt8])
        case end, failed
    }

    /// The closure is called once at most, and leaks when it never is.
    @discardableResult
    func readBody(_ body: @escaping @Sendable (Request, BodyEvent) -> Void) -> Int32 {
        let box = Unmanaged.passRetained(BodyCallback(body))
        let status = call { () throws(RequestCalls.Refusal) in
            try RequestCalls.readBody(
                handle,
                { user, request, event, data in
                    let box = Unmanaged<BodyCallback>.fromOpaque(user!).takeRetainedValue()
                    switch Int(event) {
                    case Int(ZZZ_BODY_DATA): box.body(Request(request), .data(data.array))
                    case Int(ZZZ_BODY_END): box.body(Request(request), .end)
                    default: box.body(Request(request), .failed)
                    }
                }, box.toOpaque())
            return 0
        }
        if status < 0 { box.release() }
        return status
    }

    @discardableResult
    func onWritable(_ body: @escaping @Sendable (Request) -> Void) -> Int32 {
        notify(body) { function, user throws(RequestCalls.Refusal) in
            try RequestCalls.notifyWritable(handle, function, user)
        }
    }

    @discardableResult
    func onClosed(_ body: @escaping @Sendable (Request) -> Void) -> Int32 {
        notify(body) { function, user throws(RequestCalls.Refusal) in
            try RequestCalls.notifyClosed(handle, function, user)
        }
    }

    private func notify(
        _ body: @escaping @Sendable (Request) -> Void,
        _ register: (zzz_request_callback, UnsafeMutableRawPointer) throws(RequestCalls.Refusal) -> Void
    ) -> Int32 {
        let box = Unmanaged.passRetained(Callback(body))
        let status = call { () throws(RequestCalls.Refusal) in
            try register(
                { user, request in
                    Unmanaged<Callback>.fromOpaque(user!).takeRetainedValue().body(Request(request))
                }, box.toOpaque())
            return 0
        }
        if status < 0 { box.release() }
        return status
    }

    // MARK: What is known of it

    /// The trailer fields, or nil when they are refused.
    func trailers() -> [(name: String, value: String)]? {
        guard let list = try? RequestCalls.trailers(handle) else { return nil }
        return list.map { ($0.name.string, $0.value.string) }
    }

    func peer() -> SocketAddress? { try? RequestCalls.peer(handle) }

    /// What is known of TLS, copied.
    func tls() -> TLSKnowledge? {
        guard let facts = try? RequestCalls.tls(handle) else { return nil }
        var tls = zzz_tls()
        facts.fill(&tls)
        return TLSKnowledge(tls)
    }

    var loop: Int? { RequestCalls.loopIndex(of: handle) }
}

/// A response struct with everything it points to.
private struct ResponseMemory {
    let status: UInt16
    let type: [UInt8]
    let headers: [(name: [UInt8], value: [UInt8])]
    let body: [UInt8]
    let close: Bool

    init(_ status: UInt16, _ type: String, _ headers: [(String, String)], _ body: [UInt8], _ close: Bool) {
        self.status = status
        self.type = Array(type.utf8)
        self.headers = headers.map { (Array($0.0.utf8), Array($0.1.utf8)) }
        self.body = body
        self.close = close
    }

    func with(
        _ function: (UnsafePointer<zzz_http_response>) throws(RequestCalls.Refusal) -> Void
    ) throws(RequestCalls.Refusal) {
        // One piece of memory that is overwritten and freed right after the call: what the host kept of it would show.
        let size = type.count + body.count + headers.reduce(0) { $0 + $1.name.count + $1.value.count }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 1)
        defer {
            memset(memory.baseAddress!, 0x21, memory.count)
            memory.deallocate()
        }
        var used = 0
        func put(_ bytes: [UInt8]) -> zzz_bytes {
            let place = memory.baseAddress! + used
            bytes.withUnsafeBytes { if let source = $0.baseAddress { memcpy(place, source, bytes.count) } }
            used += bytes.count
            return zzz_bytes(data: place.assumingMemoryBound(to: CChar.self), count: bytes.count)
        }
        let fields = UnsafeMutableBufferPointer<zzz_header>.allocate(capacity: max(headers.count, 1))
        defer { fields.deallocate() }
        for (index, header) in headers.enumerated() {
            fields.initializeElement(at: index, to: zzz_header(name: put(header.name), value: put(header.value)))
        }
        var response = zzz_http_response()
        response.size = UInt32(MemoryLayout<zzz_http_response>.size)
        response.status = status
        response.flags = close ? UInt16(ZZZ_RESPONSE_CLOSE) : 0
        response.header_count = UInt32(headers.count)
        response.headers = UnsafePointer(fields.baseAddress)
        response.content_type = put(type)
        response.body = put(body)
        try function(&response)
    }
}

extension zzz_bytes {
    var array: [UInt8] { Array(UnsafeRawBufferPointer(start: data, count: count)) }
    var string: String { String(decoding: array, as: UTF8.self) }
}
