import ZzzJSON

/// The session of a request.
///
/// ```swift
/// context.session["user_id"] = user.id
/// if let id = context.session["user_id", as: Int.self] { ... }
/// ```
/// Names that begin with "_" are the SDK's own.
public struct CurrentSession {
    let context: Context

    /// The value, or nil when there is none or it is of another kind. Setting nil removes it.
    public subscript<Value: SessionValue>(name: String, as type: Value.Type = Value.self) -> Value? {
        get { values[name].flatMap(Value.init(sessionValue:)) }
        nonmutating set { edit(name, newValue?.sessionValue) }
    }

    /// A value of any type that can be decoded; nil when there is none. Throws what decoding throws, for example when
    /// the type was another one when the session was written.
    public func value<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let value = values[name] else { return nil }
        return try JSONBytesDecoder().decode(type, from: value.serialized())
    }

    /// Sets a value of any type that can be encoded. Throws what encoding throws.
    public func set(_ name: String, to value: some Encodable) throws {
        edit(name, try JSONValue(parsing: JSONBytesEncoder().encode(value)))
    }

    /// Removes a value.
    public func remove(_ name: String) { edit(name, nil) }

    /// The names of the values, the app's own.
    public var names: [String] { values.keys.filter { !$0.hasPrefix("_") } }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { values.isEmpty }

    /// Goes on under a new id, with the same values: call it whenever somebody signs in, so that whoever knew the old
    /// id cannot use it (session fixation). The lifetime begins anew, and pages get a new CSRF token.
    public func renew() {
        change { state in
            state.renew(nowSeconds: context.instance.clock.seconds())
            state.edit(CSRFToken.sessionName, nil)
        }
    }

    /// Forgets everything: what is set afterwards is in a new session. Call it when somebody signs out.
    public func clear() {
        change { state in state.clear(nowSeconds: context.instance.clock.seconds()) }
    }

    private var values: JSONObject { context.readSession()?.record.values ?? JSONObject() }

    func edit(_ name: String, _ value: JSONValue?) { change { $0.edit(name, value) } }

    /// Changes are in time until the response is made.
    private func change(_ body: (SessionState) -> Void) {
        guard let state = context.readSession() else { return }
        guard state.cookieChange == nil, context.phase == .open || context.phase == .preparing else {
            return context.log.error("\(context.endpoint.source): the session was changed after the response was made")
        }
        state.maskedToken = nil
        body(state)
    }
}
