/// Tells the browser's developer tools where the time went, in Server-Timing: the total up to the response's head, and
/// what handlers have measured with ``Context/measure(_:_:_:)``.
public struct ServerTiming: Middleware {
    private let total: String?
    private let allowedOrigin: String?
    private let isEnabled: @Sendable (Context) -> Bool
    let clock: MonotonicClock

    /// - Parameters:
    ///   - total: the name of the total; nil: it is not told.
    ///   - allowedOrigin: Timing-Allow-Origin, the origins whose pages may read it: "*" or one origin; nil: none.
    ///   - isEnabled: for which requests. Times tell strangers about an app: ask for a signed-in developer here.
    public init(
        total: String? = "total", allowedOrigin: String? = nil,
        when isEnabled: @escaping @Sendable (Context) -> Bool = { _ in true }
    ) {
        self.init(total: total, allowedOrigin: allowedOrigin, clock: .system, when: isEnabled)
    }

    init(
        total: String?, allowedOrigin: String?, clock: MonotonicClock,
        when isEnabled: @escaping @Sendable (Context) -> Bool
    ) {
        self.total = total
        self.allowedOrigin = allowedOrigin
        self.clock = clock
        self.isEnabled = isEnabled
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if let total, !total.isToken { throw StartupError("\"\(total)\" is no name of a measurement") }
    }

    public func call(_ context: Context) throws -> Next {
        guard isEnabled(context) else { return .next }
        let start = clock.nanoseconds()
        context.assigns[Measurements.self] = Measurements(clock: clock)
        context.beforeSend { context in
            var entries = context.assigns[Measurements.self]?.entries ?? []
            if let total { entries.append(Measurements.entry(total, clock.nanoseconds() &- start, nil)) }
            if !entries.isEmpty { context.setHeader("Server-Timing", entries.joined(separator: ", ")) }
            if let allowedOrigin { context.setHeader("Timing-Allow-Origin", allowedOrigin) }
        }
        return .next
    }
}

/// What was measured during a request.
private struct Measurements: AssignKey {
    typealias Value = Measurements

    let clock: MonotonicClock
    var entries: [String] = []

    /// "db;dur=1.5;desc=\"...\"", in milliseconds.
    static func entry(_ name: String, _ nanoseconds: UInt64, _ description: String?) -> String {
        let microseconds = nanoseconds / 1000
        let fraction = String(microseconds % 1000 + 1000).dropFirst()
        let text = "\(name);dur=\(microseconds / 1000).\(fraction)"
        guard let description else { return text }
        let quoted = description.unicodeScalars.filter { $0.value >= 0x20 && $0.value < 0x7F }
            .map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        return "\(text);desc=\"\(quoted)\""
    }
}

extension Context {
    /// Does some work and measures it, for ``ServerTiming``; without that it only does the work. A name that is not a
    /// token is not told.
    public func measure<Result>(
        _ name: String, _ description: String? = nil, _ work: () throws -> Result
    ) rethrows -> Result {
        let start = measurementStart()
        defer { addMeasurement(name, description, start) }
        return try work()
    }

    /// The same for work that awaits.
    public func measure<Result>(
        _ name: String, _ description: String? = nil, _ work: () async throws -> Result
    ) async rethrows -> Result {
        let start = measurementStart()
        defer { addMeasurement(name, description, start) }
        return try await work()
    }

    private func measurementStart() -> UInt64? { assigns[Measurements.self]?.clock.nanoseconds() }

    private func addMeasurement(_ name: String, _ description: String?, _ start: UInt64?) {
        guard let start, name.isToken, var measurements = assigns[Measurements.self] else { return }
        let entry = Measurements.entry(name, measurements.clock.nanoseconds() &- start, description)
        measurements.entries.append(entry)
        assigns[Measurements.self] = measurements
    }
}
