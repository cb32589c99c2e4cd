/// Writes a record to the app's log when a request has ended: method, path, status, time, and the parameters of the
/// query and the body if asked for.
///
/// The daemon has an access log of its own; this one knows the app's parameters, and can be different for each
/// pipeline.
public struct RequestLogger: Middleware {
    /// What is written about parameters.
    public enum Parameters: Sendable {
        /// Nothing.
        case none
        /// All of them, with `[FILTERED]` for the values of those whose names contain one of these texts, in whatever
        /// case and at whatever depth.
        case except([String])
        /// All names, with the values of these alone.
        case only([String])
    }

    private let level: @Sendable (Context) -> LogLevel?
    private let parameters: Parameters
    let clock: MonotonicClock

    /// - Parameters:
    ///   - level: of the records.
    ///   - parameters: what is written about parameters. `.except(["password", "token", "secret"])` is a good start.
    public init(level: LogLevel = .info, parameters: Parameters = .none) {
        self.init(parameters: parameters) { _ in level }
    }

    /// - Parameter level: chooses the level when a request has ended, by its status for example; nil: no record.
    public init(parameters: Parameters = .none, level: @escaping @Sendable (Context) -> LogLevel?) {
        self.init(parameters: parameters, clock: .system, level: level)
    }

    init(parameters: Parameters, clock: MonotonicClock, level: @escaping @Sendable (Context) -> LogLevel?) {
        self.parameters = parameters
        self.clock = clock
        self.level = level
    }

    public func call(_ context: Context) throws -> Next {
        let start = clock.nanoseconds()
        context.onEnd { context in
            let log = context.log
            guard let level = level(context), log.isEnabled(level) else { return }
            write(context, log, level, microseconds: (clock.nanoseconds() &- start) / 1000)
        }
        return .next
    }

    private func write(_ context: Context, _ log: Logger, _ level: LogLevel, microseconds: UInt64) {
        let (method, path) = (context.methodName, context.path)
        let (status, duration) = (String(context.status.rawValue), String(microseconds))
        var fields = FieldList()
        fields.append("method", method)
        fields.append("path", path)
        fields.append("status", status)
        fields.append("route", context.routePattern)
        fields.append("duration_us", duration)
        if let shown = shownParameters(context) { fields.append("params", shown) }
        log.write(level, "\(method) \(path) \(status) in \(duration) us", &fields)
    }

    private func shownParameters(_ context: Context) -> String? {
        if case .none = parameters { return nil }
        let merged = context.params.merged
        guard !merged.isEmpty, let text = try? filtered(.object(merged)).serialized() else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    private func filtered(_ value: JSONValue, isShown: Bool = true) -> JSONValue {
        switch value {
        case .object(let members):
            return .object(JSONObject(members.map { ($0, filtered($1, isShown: shows($0, isShown))) }))
        case .array(let elements):
            return .array(elements.map { filtered($0, isShown: isShown) })
        default:
            return isShown ? value : "[FILTERED]"
        }
    }

    private func shows(_ name: String, _ isShown: Bool) -> Bool {
        switch parameters {
        case .none: false
        case .except(let hidden):
            isShown && !hidden.contains { name.lowercased().contains($0.lowercased()) }
        case .only(let shown): shown.contains(name)
        }
    }
}
