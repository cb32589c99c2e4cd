/// Lets a client make so many requests in a time, and answers 429 to what is more.
///
/// ```swift
/// RateLimit(100, per: .seconds(60))                                    // by address
/// RateLimit(5, per: .seconds(60), by: .header("X-Api-Key"), name: "writes")
/// ```
/// Each client has a bucket of tokens in the daemon's ``Store``: full at first, emptied by requests, and refilled at a
/// steady rate. So the limit holds for all loops together, and outlives a reload. Responses carry `RateLimit-Policy`
/// and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), refusals `Retry-After` too.
///
/// It counts before the handler runs, whatever comes of the request. Behind a proxy, put ``TrustedProxies`` before it.
public struct RateLimit: Middleware {
    private let bucket: Store.Bucket
    private let policy: String
    private let name: String
    private let storePrefix: String
    private let key: RequestKey
    private let cost: @Sendable (Context) throws -> Int
    private let sendsFields: Bool

    /// - Parameters:
    ///   - limit: how many requests come back in a period, at least 1.
    ///   - period: more than 0.
    ///   - burst: how many requests may come at once after a pause; nil: as many as in a period.
    ///   - key: whose requests count together.
    ///   - name: of the policy, for clients. Limits with the same name, rate and burst share their buckets.
    ///   - sendsFields: whether responses tell about the limit.
    ///   - cost: how many requests this one counts for; 0: none. At most the burst.
    public init(
        _ limit: Int, per period: Duration, burst: Int? = nil, by key: RequestKey = .remoteAddress,
        name: String = "default", sendsFields: Bool = true,
        cost: @escaping @Sendable (Context) throws -> Int = { _ in 1 }
    ) {
        bucket = Store.Bucket(limit, per: period, burst: burst)
        self.name = name
        self.key = key
        self.cost = cost
        self.sendsFields = sendsFields
        storePrefix = "rate-limit/\(name)/\(bucket.capacity)/\(bucket.intervalNanoseconds)/"
        // Windows are whole seconds.
        let window = period.components.attoseconds == 0 ? ";w=\(period.components.seconds)" : ""
        policy = "\"\(name)\";q=\(limit)\(window)"
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        guard bucket.isSound else {
            throw StartupError("a limit that lets nothing through, or whose bucket would take a century to fill")
        }
        // What a String of RFC 9651 section 3.3.3 takes without escapes, and a key of the store has room for.
        guard 1...64 ~= name.utf8.count, name.utf8.allSatisfy({ 0x20..<0x7F ~= $0 && $0 != 0x22 && $0 != 0x5C }) else {
            throw StartupError("\"\(name)\" is no name of a limit: 1 to 64 ASCII characters, without \" and \\")
        }
        _ = try Store.process.table
    }

    public func call(_ context: Context) throws -> Next {
        let cost = try cost(context)
        guard cost > 0, let key = try key.text(context) else { return .next }
        let grant = try context.store.take(
            min(cost, Int(clamping: bucket.capacity)), from: storePrefix + key, bucket: bucket)
        if sendsFields { tell(grant, context) }
        guard !grant.isAllowed else { return .next }
        let seconds = Self.secondsRoundedUp(grant.retryAfterNanoseconds)
        throw Abort(
            .tooManyRequests, "Too many requests: try again in \(seconds) s.", headers: [("Retry-After", "\(seconds)")],
            details: [
                ("type", .string("https://iana.org/assignments/http-problem-types#quota-exceeded")),
                ("violated-policies", .array([.string(name)])),
            ])
    }

    private func tell(_ grant: Store.Grant, _ context: Context) {
        // With a refusal, both fields mean the same time (draft section 5).
        let reset = grant.isAllowed ? grant.fullAfterNanoseconds : grant.retryAfterNanoseconds
        let limit = "\"" + name + "\";r=" + String(grant.remaining) + ";t=" + String(Self.secondsRoundedUp(reset))
        context.beforeSend { [policy] context in
            context.addHeader("RateLimit-Policy", policy)
            context.addHeader("RateLimit", limit)
        }
    }

    private static func secondsRoundedUp(_ nanoseconds: UInt64) -> UInt64 {
        nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 > 0 ? 1 : 0)
    }
}
