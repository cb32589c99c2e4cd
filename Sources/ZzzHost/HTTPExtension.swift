import Glibc
import ZzzAppABI
import ZzzIO
import ZzzServer

/// "zzz.http/1": the functions of `zzz_http`, each a translation between C and `RequestCalls`.
enum HTTPExtension {
    static var table: UnsafePointer<zzz_http> { storage.pointer }

    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_http>
    }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_http>.allocate(capacity: 1)
        table.initialize(
            to: zzz_http(
                size: UInt32(MemoryLayout<zzz_http>.size), reserved: 0, route: route, on_unmatched: onUnmatched,
                retain: retain, release: release, respond: respond, inform: inform, begin: begin, write: write,
                finish: finish, abort: abort, send_file: sendFile, read_body: readBody, trailers: trailers,
                on_writable: onWritable, on_closed: onClosed, peer: peer, upgrade: upgrade,
                tls: tls, temporary_file: temporaryFile))
        return Table(pointer: UnsafePointer(table))
    }()

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?

    /// Runs a call, and turns its refusal into a status and the app's error struct.
    @inline(__always)
    private static func call(
        _ error: ErrorPointer, _ body: () throws(RequestCalls.Refusal) -> zzz_status
    ) -> zzz_status {
        do throws(RequestCalls.Refusal) {
            return try body()
        } catch let refusal {
            return Refusal(refusal.status, refusal.text).write(to: error)
        }
    }

    /// A response struct that reaches as far as version 1 of it does.
    @inline(__always)
    private static func checked(
        _ response: UnsafePointer<zzz_http_response>?
    ) throws(RequestCalls.Refusal) -> UnsafePointer<zzz_http_response> {
        guard let response, Int(response.pointee.size) >= MemoryLayout<zzz_http_response>.size else {
            throw RequestCalls.Refusal(
                status: zzz_status(ZZZ_ERROR_INVALID),
                text: "response is NULL, or its size is not sizeof(zzz_http_response)")
        }
        guard response.pointee.header_count == 0 || response.pointee.headers != nil else {
            throw RequestCalls.Refusal(
                status: zzz_status(ZZZ_ERROR_INVALID), text: "response.headers is NULL with a header_count")
        }
        return response
    }

    private static func list(
        _ headers: UnsafePointer<zzz_header>?, _ count: UInt32
    ) throws(RequestCalls.Refusal) -> UnsafeBufferPointer<zzz_header> {
        guard count == 0 || headers != nil else {
            throw RequestCalls.Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: "headers is NULL with a count")
        }
        return UnsafeBufferPointer(start: headers, count: headers == nil ? 0 : Int(count))
    }

    // MARK: Loading

    private static let route: @convention(c) (OpaquePointer?, UnsafePointer<zzz_route>?, ErrorPointer) -> zzz_status = {
        app, route, error in
        guard let generation = Generation.from(handle: app) else { return Status.gone }
        return generation.addRoute(route, error)
    }

    private static let onUnmatched:
        @convention(c) (OpaquePointer?, zzz_handler?, UnsafeMutableRawPointer?, ErrorPointer) -> zzz_status = {
            app, handler, user, error in
            guard let generation = Generation.from(handle: app) else { return Status.gone }
            return generation.setUnmatched(handler, user, error)
        }

    // MARK: Answering

    private static let retain: @convention(c) (OpaquePointer?) -> zzz_status = { request in
        call(nil) { () throws(RequestCalls.Refusal) in
            try RequestCalls.retain(request)
            return Status.ok
        }
    }

    private static let release: @convention(c) (OpaquePointer?) -> zzz_status = { request in
        call(nil) { () throws(RequestCalls.Refusal) in
            try RequestCalls.release(request)
            return Status.ok
        }
    }

    private static let respond:
        @convention(c) (OpaquePointer?, UnsafePointer<zzz_http_response>?, ErrorPointer) -> zzz_status = {
            request, response, error in
            call(error) { () throws(RequestCalls.Refusal) in
                try RequestCalls.respond(request, checked(response))
                return Status.ok
            }
        }

    private static let inform:
        @convention(c) (OpaquePointer?, UInt16, UnsafePointer<zzz_header>?, UInt32, ErrorPointer) -> zzz_status = {
            request, status, headers, count, error in
            call(error) { () throws(RequestCalls.Refusal) in
                try RequestCalls.inform(request, status, list(headers, count))
                return Status.ok
            }
        }

    private static let begin:
        @convention(c) (OpaquePointer?, UnsafePointer<zzz_http_response>?, Int64, ErrorPointer) -> zzz_status = {
            request, response, contentLength, error in
            call(error) { () throws(RequestCalls.Refusal) in
                try RequestCalls.begin(request, checked(response), contentLength: contentLength)
                return Status.ok
            }
        }

    private static let write: @convention(c) (OpaquePointer?, zzz_bytes, ErrorPointer) -> zzz_status = {
        request, data, error in
        call(error) { () throws(RequestCalls.Refusal) in
            guard let bytes = data.buffer else {
                throw RequestCalls.Refusal(status: Status.invalid, text: "data is NULL with a count")
            }
            return try RequestCalls.write(request, bytes) ? zzz_status(ZZZ_WAIT) : Status.ok
        }
    }

    private static let finish:
        @convention(c) (OpaquePointer?, UnsafePointer<zzz_header>?, UInt32, ErrorPointer) -> zzz_status = {
            request, trailers, count, error in
            call(error) { () throws(RequestCalls.Refusal) in
                try RequestCalls.finish(request, list(trailers, count))
                return Status.ok
            }
        }

    private static let abort: @convention(c) (OpaquePointer?) -> zzz_status = { request in
        call(nil) { () throws(RequestCalls.Refusal) in
            try RequestCalls.abort(request)
            return Status.ok
        }
    }

    private static let upgrade:
        @convention(c) (OpaquePointer?, UnsafePointer<zzz_header>?, UInt32, ErrorPointer) -> zzz_status = {
            request, headers, count, error in
            call(error) { () throws(RequestCalls.Refusal) in
                try RequestCalls.upgrade(request, list(headers, count))
                return Status.ok
            }
        }

    // MARK: Files

    private static let sendFile:
        @convention(c) (
            OpaquePointer?, UnsafePointer<zzz_http_response>?, UnsafePointer<zzz_file>?, ErrorPointer
        ) -> zzz_status = { request, response, file, error in
            call(error) { () throws(RequestCalls.Refusal) in
                let response = try checked(response)
                guard response.pointee.body.count == 0 else {
                    throw RequestCalls.Refusal(status: Status.invalid, text: "response.body must be empty with a file")
                }
                let part = try FilePart(file)
                try RequestCalls.sendFile(
                    request, response, file: part.descriptor, offset: part.offset, length: part.length)
                return Status.ok
            }
        }

    private static let temporaryFile: @convention(c) (OpaquePointer?, Int32) -> zzz_status = { request, descriptor in
        call(nil) { () throws(RequestCalls.Refusal) in
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else {
                throw RequestCalls.Refusal(status: Status.io, text: String(cString: strerror(errno)))
            }
            try RequestCalls.keepTemporaryFile(request, copy)
            return Status.ok
        }
    }

    // MARK: The request

    private static let readBody:
        @convention(c) (OpaquePointer?, zzz_body_callback?, UnsafeMutableRawPointer?, ErrorPointer) -> zzz_status = {
            request, callback, user, error in
            call(error) { () throws(RequestCalls.Refusal) in
                guard let callback else { throw RequestCalls.Refusal(status: Status.invalid, text: "callback is NULL") }
                try RequestCalls.readBody(request, callback, user)
                return Status.ok
            }
        }

    private static let trailers:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<zzz_header>?>?, UnsafeMutablePointer<UInt32>?
        ) -> zzz_status = { request, headers, count in
            call(nil) { () throws(RequestCalls.Refusal) in
                let fields = try RequestCalls.trailers(request)
                headers?.pointee = UnsafePointer(fields.baseAddress)
                count?.pointee = UInt32(fields.count)
                return Status.ok
            }
        }

    private static let onWritable:
        @convention(c) (OpaquePointer?, zzz_request_callback?, UnsafeMutableRawPointer?) -> zzz_status = {
            request, callback, user in
            call(nil) { () throws(RequestCalls.Refusal) in
                guard let callback else { throw RequestCalls.Refusal(status: Status.invalid, text: "callback is NULL") }
                try RequestCalls.notifyWritable(request, callback, user)
                return Status.ok
            }
        }

    private static let onClosed:
        @convention(c) (OpaquePointer?, zzz_request_callback?, UnsafeMutableRawPointer?) -> zzz_status = {
            request, callback, user in
            call(nil) { () throws(RequestCalls.Refusal) in
                guard let callback else { throw RequestCalls.Refusal(status: Status.invalid, text: "callback is NULL") }
                try RequestCalls.notifyClosed(request, callback, user)
                return Status.ok
            }
        }

    private static let peer: @convention(c) (OpaquePointer?, UnsafeMutablePointer<zzz_address>?) -> zzz_status = {
        request, address in
        call(nil) { () throws(RequestCalls.Refusal) in
            guard let address, Int(address.pointee.size) >= MemoryLayout<zzz_address>.size else {
                return Status.invalid
            }
            let peer = try RequestCalls.peer(request)
            address.pointee.port = peer.port ?? 0
            withUnsafeMutableBytes(of: &address.pointee.text) { text in
                text.initializeMemory(as: UInt8.self, repeating: 0)
                text.copyBytes(from: peer.host.utf8.prefix(text.count - 1))
            }
            return Status.ok
        }
    }
}

extension HTTPExtension {
    private static let tls: @convention(c) (OpaquePointer?, UnsafeMutablePointer<zzz_tls>?) -> zzz_status = {
        request, tls in
        call(nil) { () throws(RequestCalls.Refusal) in
            guard let tls, Int(tls.pointee.size) >= MemoryLayout<zzz_tls>.size else { return Status.invalid }
            try RequestCalls.tls(request).fill(tls)
            return Status.ok
        }
    }
}

/// An open file, and the part of it that is sent. The descriptor belongs to whoever takes the value.
private struct FilePart {
    let descriptor: Int32
    let offset: Int
    let length: Int

    /// Opens, or duplicates, what the app names.
    init(_ file: UnsafePointer<zzz_file>?) throws(RequestCalls.Refusal) {
        guard let file, Int(file.pointee.size) >= MemoryLayout<zzz_file>.size else {
            throw RequestCalls.Refusal(
                status: Status.invalid, text: "file is NULL, or its size is not sizeof(zzz_file)")
        }
        let opened = try Self.open(file)
        do throws(RequestCalls.Refusal) {
            (offset, length) = try Self.part(of: opened, file)
        } catch {
            close(opened)
            throw error
        }
        descriptor = opened
    }

    private static func open(_ file: UnsafePointer<zzz_file>) throws(RequestCalls.Refusal) -> Int32 {
        if file.pointee.descriptor >= 0 {
            let copy = fcntl(file.pointee.descriptor, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { throw failure("duplicate descriptor \(file.pointee.descriptor)") }
            return copy
        }
        guard let bytes = file.pointee.path.buffer, !bytes.isEmpty, bytes.count < Int(PATH_MAX), !bytes.contains(0)
        else {
            throw RequestCalls.Refusal(status: Status.invalid, text: "file.path is empty, too long, or holds a NUL")
        }
        let path = String(decoding: bytes, as: UTF8.self)
        // O_NONBLOCK: a FIFO in the place of a file must not hold the loop.
        let opened = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { throw failure("open \(path)") }
        return opened
    }

    private static func part(
        of descriptor: Int32, _ file: UnsafePointer<zzz_file>
    ) throws(RequestCalls.Refusal) -> (Int, Int) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("fstat") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RequestCalls.Refusal(status: Status.invalid, text: "only a regular file can be sent")
        }
        let size = Int(status.st_size)
        let offset = Int(clamping: file.pointee.offset_bytes)
        let length = file.pointee.length_bytes < 0 ? max(size - offset, 0) : Int(file.pointee.length_bytes)
        guard offset <= size, length <= size - offset else {
            throw RequestCalls.Refusal(
                status: Status.invalid,
                text: "bytes \(offset) to \(offset &+ length) are not in a file of \(size) bytes")
        }
        return (offset, length)
    }

    private static func failure(_ operation: String) -> RequestCalls.Refusal {
        let number = errno
        let status = number == ENOENT ? Status.notFound : Status.io
        return RequestCalls.Refusal(
            status: status, text: "\(operation): \(String(cString: strerror(number)))")
    }
}
