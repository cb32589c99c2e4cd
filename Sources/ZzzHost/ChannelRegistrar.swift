import ZzzAppABI
import ZzzChannels
import ZzzServer

/// The kinds of channel that an app defines while it loads, and the topics whose differences of presence it wants.
struct ChannelRegistrar: Sendable {
    /// The most kinds of channel of one app, and the most patterns for differences.
    static let maximumCount = 1000
    /// The most events that one kind of channel intercepts.
    static let maximumInterceptCount = 1000

    private(set) var definitions: [ChannelDefinition] = []
    private(set) var presenceHooks: [PresenceHook] = []

    /// zzz_channel_api.define
    mutating func define(_ pointer: UnsafePointer<zzz_channel_definition>?) throws(Refusal) {
        guard let pointer else { throw .invalid("define: NULL") }
        guard definitions.count < Self.maximumCount else {
            throw Refusal(Status.limit, "more than \(Self.maximumCount) kinds of channel")
        }
        let definition = try read(pointer)
        if let other = definitions.first(where: { $0.pattern == definition.pattern }) {
            throw Refusal(
                Status.conflict,
                "channel \"\(definition.pattern)\" (\(definition.source)) is defined already (\(other.source))")
        }
        definitions.append(definition)
    }

    /// zzz_presence.on_difference
    mutating func addHook(
        _ pattern: zzz_bytes, _ callback: zzz_presence_callback?, _ user: UnsafeMutableRawPointer?
    ) throws(Refusal) {
        guard let callback else { throw .invalid("on_difference: callback is NULL") }
        guard presenceHooks.count < Self.maximumCount else {
            throw Refusal(Status.limit, "more than \(Self.maximumCount) patterns of on_difference")
        }
        let pattern = try Self.pattern(pattern, "on_difference")
        guard !presenceHooks.contains(where: { $0.pattern == pattern }) else {
            throw Refusal(Status.conflict, "on_difference was set for \"\(pattern)\" before")
        }
        presenceHooks.append(PresenceHook(pattern: pattern, callback: callback, user: user))
    }

    /// Reads the fields that the app's headers had.
    private func read(_ pointer: UnsafePointer<zzz_channel_definition>) throws(Refusal) -> ChannelDefinition {
        let size = Int(pointer.pointee.size)
        guard size >= ABIField.end(\zzz_channel_definition.callback) else {
            throw .invalid(
                "define: size is \(size), too small to reach callback: set it to sizeof(zzz_channel_definition)")
        }
        let pattern = try Self.pattern(pointer.pointee.pattern, "define")
        let source = try pointer.pointee.source.text(
            "channel \"\(pattern)\": source", maximum: Registrar.maximumSourceByteCount)
        let place = source.isEmpty ? "channel \(definitions.count + 1) of the app" : source
        guard let callback = pointer.pointee.callback else {
            throw .invalid("channel \"\(pattern)\" (\(place)): callback is NULL")
        }
        let hasUser = size >= ABIField.end(\zzz_channel_definition.user)
        let hasTimeout = size >= ABIField.end(\zzz_channel_definition.timeout_ms)
        let timeout = hasTimeout ? pointer.pointee.timeout_ms : 0
        let hasRate = size >= ABIField.end(\zzz_channel_definition.messages_per_second)
        return ChannelDefinition(
            pattern: pattern, source: place, callback: callback, user: hasUser ? pointer.pointee.user : nil,
            intercepts: try Self.intercepts(pointer, "channel \"\(pattern)\" (\(place))"),
            timeoutMilliseconds: timeout == 0 ? nil : min(timeout, Registrar.longestTimeoutMilliseconds),
            messagesPerSecond: hasRate ? Int(pointer.pointee.messages_per_second) : 0)
    }

    private static func intercepts(
        _ pointer: UnsafePointer<zzz_channel_definition>, _ place: String
    ) throws(Refusal) -> Set<String> {
        let count = Int(pointer.pointee.intercept_count)
        guard count > 0 else { return [] }
        guard count <= maximumInterceptCount else {
            throw Refusal(Status.limit, "\(place): more than \(maximumInterceptCount) intercepts")
        }
        guard Int(pointer.pointee.size) >= ABIField.end(\zzz_channel_definition.intercepts),
            let events = pointer.pointee.intercepts
        else { throw .invalid("\(place): intercepts is NULL with an intercept_count") }
        var names: Set<String> = []
        for index in 0..<count {
            names.insert(try events[index].name("\(place): intercepts", maximum: Int(ZZZ_EVENT_MAXIMUM_BYTES)))
        }
        return names
    }

    private static func pattern(_ bytes: zzz_bytes, _ call: String) throws(Refusal) -> TopicPattern {
        let text = try bytes.name("\(call): pattern", maximum: Int(ZZZ_TOPIC_MAXIMUM_BYTES))
        guard let pattern = TopicPattern(text) else {
            throw .invalid("\(call): pattern \"\(text)\": a '*' may stand at the end only")
        }
        return pattern
    }
}

extension zzz_bytes {
    /// A text that is not empty.
    func name(_ field: String, maximum: Int) throws(Refusal) -> String {
        let text = try text(field, maximum: maximum)
        guard !text.isEmpty else { throw .invalid("\(field): empty") }
        return text
    }
}
