// The tables of functions that the fake host offers. The handles are the addresses of the test's own objects.
import Glibc
import ZzzAppABI

@testable import Zzz

enum FakeTables {
    static var host: zzz_host {
        var host = zzz_host()
        host.size = UInt32(MemoryLayout<zzz_host>.size)
        host.abi_major = UInt16(ZZZ_ABI_MAJOR)
        host.abi_minor = UInt16(ZZZ_ABI_MINOR)
        host.version = nil
        host.extension = { name in
            switch String(cString: name!) {
            case ZZZ_HTTP_EXTENSION: UnsafeRawPointer(FakeTables.http)
            case ZZZ_LOOP_EXTENSION: UnsafeRawPointer(FakeTables.loop)
            case ZZZ_LOG_EXTENSION: UnsafeRawPointer(FakeTables.log)
            case ZZZ_CONFIG_EXTENSION: UnsafeRawPointer(FakeTables.config)
            case ZZZ_CRYPTO_EXTENSION: UnsafeRawPointer(FakeTables.crypto)
            case ZZZ_STORE_EXTENSION: UnsafeRawPointer(FakeTables.store)
            case ZZZ_CHANNEL_EXTENSION: UnsafeRawPointer(FakeTables.channel)
            case ZZZ_PUBSUB_EXTENSION: UnsafeRawPointer(FakeTables.pubSub)
            case ZZZ_PRESENCE_EXTENSION: UnsafeRawPointer(FakeTables.presence)
            case ZZZ_WEBSOCKET_EXTENSION: UnsafeRawPointer(FakeTables.webSocket)
            default: nil
            }
        }
        return host
    }

    static func constant<Table>(_ table: Table) -> UnsafePointer<Table> {
        let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        pointer.initialize(to: table)
        return UnsafePointer(pointer)
    }

    // Written once, before they are read.
    nonisolated(unsafe) static let http = constant(makeHTTP())
    nonisolated(unsafe) static let loop = constant(makeLoop())
    nonisolated(unsafe) static let log = constant(makeLog())
    nonisolated(unsafe) static let config = constant(makeConfig())

    static func refuse(_ error: UnsafeMutablePointer<zzz_error>?, _ status: zzz_status, _ text: String) -> zzz_status {
        error?.pointee.fill(status: status, text)
        return status
    }

    static func pairs(_ headers: UnsafePointer<zzz_header>?, _ count: UInt32) -> [(String, String)] {
        UnsafeBufferPointer(start: headers, count: Int(count)).map { ($0.name.string, $0.value.string) }
    }

    private static func makeHTTP() -> zzz_http {
        var http = zzz_http()
        http.size = UInt32(MemoryLayout<zzz_http>.size)
        http.route = { app, route, error in
            guard let host = FakeHost.from(app), let route = route?.pointee else { return HostStatus.invalid }
            guard host.routeStatus.0 >= 0 else {
                return FakeTables.refuse(error, host.routeStatus.0, host.routeStatus.1)
            }
            host.routes.append(
                FakeHost.RegisteredRoute(
                    methods: route.methods, flags: route.flags, pattern: route.pattern.string, host: route.host.string,
                    source: route.source.string, name: route.name.string, bodyLimitBytes: route.body_limit_bytes,
                    timeoutMilliseconds: route.request_timeout_ms,
                    multipartLimitBytes: route.multipart_limit_bytes, handler: route.handler, user: route.user))
            return 0
        }
        http.on_unmatched = { app, handler, user, _ in
            FakeHost.from(app)?.unmatched = (handler!, user)
            return 0
        }
        addRequestFunctions(&http)
        addStreamFunctions(&http)
        return http
    }

    private static func addRequestFunctions(_ http: inout zzz_http) {
        http.retain = { request in
            FakeRequest.from(request)?.retains += 1
            return 0
        }
        http.release = { request in
            FakeRequest.from(request)?.releaseOnce()
            return 0
        }
        http.respond = { request, response, error in
            guard let request = FakeRequest.from(request), let response = response?.pointee else {
                return HostStatus.invalid
            }
            let status = FakeTables.begin(request, response, "respond", error)
            if status == 0 { request.hasFinished = true }
            return status
        }
        http.inform = { request, status, headers, count, _ in
            FakeRequest.from(request)?.informed.append((status, FakeTables.pairs(headers, count)))
            return 0
        }
        http.send_file = { request, response, file, error in
            guard let request = FakeRequest.from(request), let response = response?.pointee, let file = file?.pointee
            else {
                return HostStatus.invalid
            }
            guard request.fileStatus >= 0 else { return FakeTables.refuse(error, request.fileStatus, "no such file") }
            let status = FakeTables.begin(request, response, "send_file", error)
            if status == 0 {
                request.file = (file.offset_bytes, file.length_bytes)
                request.responseBody = [UInt8](unsafeUninitializedCapacity: Int(file.length_bytes)) { buffer, count in
                    count = max(0, pread(file.descriptor, buffer.baseAddress, buffer.count, off_t(file.offset_bytes)))
                }
                request.hasFinished = true
            }
            return status
        }
        http.temporary_file = { request, _ in
            FakeRequest.from(request)?.calls.append("temporary_file")
            return 0
        }
        http.peer = { request, address in
            guard let request = FakeRequest.from(request) else { return HostStatus.gone }
            address?.pointee.port = request.peerText.hasPrefix("/") ? 0 : 50_312
            withUnsafeMutableBytes(of: &address!.pointee.text) { bytes in
                for (index, byte) in request.peerText.utf8.enumerated() { bytes[index] = byte }
                bytes[request.peerText.utf8.count] = 0
            }
            return 0
        }
        http.tls = { request, tls in
            guard let request = FakeRequest.from(request) else { return HostStatus.gone }
            guard let known = request.tls else { return HostStatus.notFound }
            tls?.pointee.flags = known.flags
            tls?.pointee.protocol = request.slice("TLSv1.3")
            tls?.pointee.cipher = request.slice("TLS_AES_256_GCM_SHA384")
            tls?.pointee.server_name = request.slice(known.serverName)
            tls?.pointee.client_subject = request.slice(known.subject)
            tls?.pointee.client_fingerprint = request.slice(known.fingerprint)
            tls?.pointee.client_certificate = request.slice(known.fingerprint.isEmpty ? "" : "DER")
            return 0
        }
    }

    /// Begins a response by the contract's rules: once, with clean fields, to a client that is there.
    private static func begin(
        _ request: FakeRequest, _ response: zzz_http_response, _ call: String, _ error: UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status {
        request.calls.append(call)
        guard !request.isGone else { return FakeTables.refuse(error, HostStatus.gone, "the client has left") }
        guard !request.hasBegun else { return FakeTables.refuse(error, HostStatus.state, "a response has begun") }
        let headers = FakeTables.pairs(response.headers, response.header_count)
        for (name, value) in headers
        where name.isEmpty || value.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) {
            return FakeTables.refuse(error, HostStatus.invalid, "the field \(name) is malformed")
        }
        request.hasBegun = true
        request.status = response.status
        request.headers = headers
        request.contentType = response.content_type.string
        request.responseBody = response.body.array
        return 0
    }

    private static func addStreamFunctions(_ http: inout zzz_http) {
        http.begin = { request, response, length, error in
            guard let request = FakeRequest.from(request), let response = response?.pointee else {
                return HostStatus.invalid
            }
            request.announcedLength = length
            return FakeTables.begin(request, response, "begin", error)
        }
        http.write = { request, data, error in
            guard let request = FakeRequest.from(request) else { return HostStatus.invalid }
            request.calls.append("write")
            guard !request.isGone else { return FakeTables.refuse(error, HostStatus.gone, "the client has left") }
            guard request.hasBegun, !request.hasFinished else {
                return FakeTables.refuse(error, HostStatus.state, "no response has begun")
            }
            request.chunks.append(data.string)
            request.writtenBytes += data.array
            if let left = request.writesUntilWait {
                request.writesUntilWait = left - 1
                return left <= 1 ? HostStatus.wait : 0
            }
            return 0
        }
        http.finish = { request, trailers, count, error in
            guard let request = FakeRequest.from(request) else { return HostStatus.invalid }
            request.calls.append("finish")
            guard !request.isGone else { return FakeTables.refuse(error, HostStatus.gone, "the client has left") }
            request.responseTrailers = FakeTables.pairs(trailers, count)
            request.hasFinished = true
            return 0
        }
        http.abort = { request in
            FakeRequest.from(request)?.isAborted = true
            return 0
        }
        http.read_body = { request, callback, user, _ in
            FakeRequest.from(request)?.onBody = (callback!, user)
            return 0
        }
        http.trailers = { request, headers, count in
            guard let request = FakeRequest.from(request) else { return HostStatus.gone }
            let storage = UnsafeMutablePointer<zzz_header>.allocate(capacity: max(1, request.requestTrailers.count))
            for (index, trailer) in request.requestTrailers.enumerated() {
                storage[index] = zzz_header(name: request.slice(trailer.0), value: request.slice(trailer.1))
            }
            headers?.pointee = UnsafePointer(storage)
            count?.pointee = UInt32(request.requestTrailers.count)
            return 0
        }
        http.on_writable = { request, callback, user in
            FakeRequest.from(request)?.onWritable = (callback!, user)
            return 0
        }
        http.on_closed = { request, callback, user in
            FakeRequest.from(request)?.onClosed = (callback!, user)
            return 0
        }
    }

    // MARK: Loop

    static let loopHandle: UInt = 0x100

    private static func makeLoop() -> zzz_loop_api {
        var loop = zzz_loop_api()
        loop.size = UInt32(MemoryLayout<zzz_loop_api>.size)
        loop.count = { 1 }
        loop.at = { $0 == 0 ? OpaquePointer(bitPattern: FakeTables.loopHandle) : nil }
        loop.current = {
            FakeHost.current?.isOnLoop == true ? OpaquePointer(bitPattern: FakeTables.loopHandle) : nil
        }
        loop.of_request = { _ in OpaquePointer(bitPattern: FakeTables.loopHandle) }
        loop.post = { app, _, _, job, user in
            guard let host = FakeHost.from(app) else { return HostStatus.invalid }
            guard host.postStatus >= 0 else { return host.postStatus }
            host.postedCount += 1
            let posted = FakeHost.Job(run: job!, user: user)
            host.jobs.withLock { $0.append(posted) }
            return 0
        }
        loop.timer = { app, _, _, delay, _, job, user, timer, _ in
            guard let host = FakeHost.from(app) else { return HostStatus.invalid }
            host.lastTimer += 1
            let job = FakeHost.Job(run: job!, user: user)
            host.timers.append(
                FakeHost.Timer(id: host.lastTimer, dueMicroseconds: host.nowMicroseconds &+ delay, job: job))
            timer?.pointee = OpaquePointer(bitPattern: host.lastTimer)
            return 0
        }
        loop.cancel = { timer in
            guard let host = FakeHost.current else { return HostStatus.thread }
            let id = UInt(bitPattern: timer)
            guard host.timers.contains(where: { $0.id == id }) else { return HostStatus.gone }
            host.timers.removeAll { $0.id == id }
            host.cancelledTimers += 1
            return 0
        }
        loop.blocking = { app, _, _, work, done, user, _ in
            guard let host = FakeHost.from(app) else { return HostStatus.invalid }
            work!(user)
            let posted = FakeHost.Job(run: done!, user: user)
            host.jobs.withLock { $0.append(posted) }
            return 0
        }
        loop.now = { 0 }
        return loop
    }

    private static func makeLog() -> zzz_log {
        var log = zzz_log()
        log.size = UInt32(MemoryLayout<zzz_log>.size)
        log.level = { FakeHost.from($0)?.logLevel ?? 6 }
        log.write = { app, record in
            guard let host = FakeHost.from(app), let record = record?.pointee else { return HostStatus.invalid }
            let fields = UnsafeBufferPointer(start: record.fields, count: Int(record.field_count))
            host.log.append(
                FakeHost.LogRecord(
                    level: record.level, message: record.message.string,
                    fields: Dictionary(fields.map { ($0.name.string, $0.value.string) }) { first, _ in first },
                    hasRequest: record.request != nil))
            return 0
        }
        return log
    }
}
