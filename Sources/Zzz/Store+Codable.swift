import ZzzJSON

/// The store as a cache of Codable values, kept as JSON.
extension Store {
    /// The value under the key; nil when there is none, or it is of another type: that of an older version of the app.
    public func get<Value: Decodable>(_ key: String, as type: Value.Type) throws -> Value? {
        guard let entry = try get(key) else { return nil }
        return try? JSONBytesDecoder().decode(type, from: entry.value)
    }

    /// Sets the value.
    /// - Parameter expiresIn: when the entry ends, in whole milliseconds; nil: not by itself.
    public func put(_ key: String, json value: some Encodable, expiresIn: Duration? = nil) throws {
        try put(key, JSONBytesEncoder().encode(value), expiresIn: expiresIn)
    }

    /// The value under the key, or what `compute` makes, which is then kept. Several that find nothing at the same time
    /// all compute. A value that is too large to be kept is only returned.
    ///
    /// ```swift
    /// let posts = try context.store.fetch("posts", expiresIn: .seconds(30)) { try database.latestPosts() }
    /// ```
    public func fetch<Value: Codable>(
        _ key: String, expiresIn: Duration? = nil, _ compute: () throws -> Value
    ) throws -> Value {
        if let value = try get(key, as: Value.self) { return value }
        let value = try compute()
        try keep(key, value, expiresIn)
        return value
    }

    /// The value under the key, or what `compute` makes, which is then kept.
    public func fetch<Value: Codable>(
        _ key: String, expiresIn: Duration? = nil, isolation: isolated (any Actor)? = #isolation,
        _ compute: () async throws -> Value
    ) async throws -> Value {
        if let value = try get(key, as: Value.self) { return value }
        let value = try await compute()
        try keep(key, value, expiresIn)
        return value
    }

    private func keep(_ key: String, _ value: some Encodable, _ expiresIn: Duration?) throws {
        do {
            try put(key, json: value, expiresIn: expiresIn)
        } catch let error as HostError where error.code == HostStatus.limit {
            // The answer is there all the same.
        }
    }
}
