import Glibc
import ZzzAppABI
import ZzzRouter
import ZzzServer

/// What an app registers while it loads, and the state in which it may.
struct Registrar: @unchecked Sendable {
    // @unchecked: `loader` is a thread's number, and is only compared.

    /// The most routes of one app.
    static let maximumRouteCount = 10_000
    /// A day: the longest time that a handler may take.
    static let longestTimeoutMilliseconds: UInt64 = 86_400_000
    /// The longest `source`, in bytes.
    static let maximumSourceByteCount = 1024
    /// The longest `name` of a route, in bytes.
    static let maximumNameByteCount = 256

    var lifecycle = Lifecycle.new
    /// The thread that is inside create or enroll.
    var loader: pthread_t?
    private(set) var routes: [Route] = []
    private(set) var unmatched: UnmatchedHandler?
    var channels = ChannelRegistrar()
    /// The first refusal: the load fails with it.
    var refusal: Refusal?
    /// One for each host that routes name, so that a conflict is refused by the call that makes it.
    private var builders: [HostPattern?: RouterBuilder] = [:]

    func checkState() throws(Refusal) {
        guard lifecycle.isLoading else {
            throw Refusal(Status.state, "routes and channels are registered inside create and enroll only")
        }
        guard let loader, pthread_equal(loader, pthread_self()) != 0 else {
            throw Refusal(
                Status.thread, "routes and channels are registered on the thread that called create or enroll")
        }
    }

    mutating func setUnmatched(_ handler: zzz_handler?, _ user: UnsafeMutableRawPointer?) throws(Refusal) {
        guard let handler else { throw .invalid("on_unmatched: handler is NULL") }
        guard unmatched == nil else { throw Refusal(Status.conflict, "on_unmatched was set before") }
        unmatched = UnmatchedHandler(handler: handler, user: user)
    }

    mutating func add(_ pointer: UnsafePointer<zzz_route>?) throws(Refusal) {
        guard let pointer else { throw .invalid("route: NULL") }
        guard routes.count < Self.maximumRouteCount else {
            throw Refusal(Status.limit, "more than \(Self.maximumRouteCount) routes")
        }
        let route = try read(pointer)
        do throws(RouteConflict) {
            try builders[route.host, default: RouterBuilder()].add(
                route.methods, route.pattern, endpoint: Int32(routes.count), origin: route.source)
        } catch {
            throw Refusal(Status.conflict, error.description)
        }
        routes.append(route)
    }

    /// Reads the fields that the app's headers had, in the order of the struct.
    private func read(_ pointer: UnsafePointer<zzz_route>) throws(Refusal) -> Route {
        let size = Int(pointer.pointee.size)
        guard size >= ABIField.end(\zzz_route.handler) else {
            throw .invalid("route: size is \(size), too small to reach handler: set it to sizeof(zzz_route)")
        }
        let text = try pointer.pointee.pattern.text("route: pattern", maximum: RoutePattern.maximumByteCount)
        let source = try pointer.pointee.source.text("route \(text): source", maximum: Self.maximumSourceByteCount)
        let place = source.isEmpty ? "route \(routes.count + 1) of the app" : source
        guard let handler = pointer.pointee.handler else {
            throw .invalid("route \"\(text)\" (\(place)): handler is NULL")
        }
        let flags = pointer.pointee.flags
        guard flags & ~UInt32(ZZZ_ROUTE_STREAM_BODY | ZZZ_ROUTE_STREAM_MULTIPART) == 0 else {
            throw .invalid("route \"\(text)\" (\(place)): unknown flags 0x\(String(flags, radix: 16))")
        }
        let hasUser = size >= ABIField.end(\zzz_route.user)
        let hasLimit = size >= ABIField.end(\zzz_route.body_limit_bytes)
        let limit = hasLimit ? pointer.pointee.body_limit_bytes : 0
        let hasTimeout = size >= ABIField.end(\zzz_route.request_timeout_ms)
        let timeout = hasTimeout ? pointer.pointee.request_timeout_ms : 0
        let hasMultipartLimit = size >= ABIField.end(\zzz_route.multipart_limit_bytes)
        let multipartLimit = hasMultipartLimit ? pointer.pointee.multipart_limit_bytes : 0
        return Route(
            methods: try Self.methods(pointer.pointee.methods, "route \"\(text)\" (\(place))"),
            pattern: try Self.pattern(text, place),
            host: try Self.host(pointer.pointee.host, "route \"\(text)\" (\(place))"),
            source: place,
            name: try pointer.pointee.name.text(
                "route \"\(text)\" (\(place)): name", maximum: Self.maximumNameByteCount),
            handler: handler,
            user: hasUser ? pointer.pointee.user : nil,
            streamsBody: flags & UInt32(ZZZ_ROUTE_STREAM_BODY) != 0,
            streamsMultipart: flags & UInt32(ZZZ_ROUTE_STREAM_MULTIPART) != 0,
            bodyLimitBytes: limit == 0 ? nil : Int(clamping: limit),
            multipartLimitBytes: multipartLimit == 0 ? nil : Int(clamping: multipartLimit),
            requestTimeoutMilliseconds: timeout == 0 ? nil : min(timeout, Self.longestTimeoutMilliseconds))
    }

    /// The contract's bits begin with "other", the router's end with it.
    private static func methods(_ bits: UInt32, _ route: String) throws(Refusal) -> MethodSet {
        guard bits != 0 else { throw .invalid("\(route): methods is 0") }
        guard bits & ~ABIWord.allMethods == 0 else {
            throw .invalid("\(route): unknown methods 0x\(String(bits, radix: 16))")
        }
        let named = MethodSet(rawValue: UInt16(bits >> 1))
        return bits & 1 != 0 ? named.union(.other) : named
    }

    private static func pattern(_ text: String, _ place: String) throws(Refusal) -> RoutePattern {
        do {
            return try RoutePattern(text)
        } catch {
            throw .invalid("\(error) (\(place))")
        }
    }

    private static func host(_ bytes: zzz_bytes, _ route: String) throws(Refusal) -> HostPattern? {
        let text = try bytes.text("\(route): host", maximum: HostPattern.maximumByteCount)
        guard !text.isEmpty else { return nil }
        do {
            return try HostPattern(text)
        } catch {
            throw .invalid("\(route): host \"\(text)\": \(error)")
        }
    }
}
