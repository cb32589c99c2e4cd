import ZzzCrypto

/// The server's side of the opening handshake (RFC 6455 section 4.2).
public struct ServerHandshake: Sendable {
    /// What of a request the handshake looks at. Names of fields are compared without case by whoever fills it.
    public struct Request: Sendable {
        public var isGET: Bool
        /// Of HTTP/1.x.
        public var minorVersion: Int
        /// The values of Upgrade, Connection, Sec-WebSocket-Key, -Version, -Protocol and -Extensions, field by field.
        public var upgrade: [String]
        public var connection: [String]
        public var key: [String]
        public var version: [String]
        public var protocols: [String]
        public var extensions: [String]

        public init(
            isGET: Bool = true, minorVersion: Int = 1, upgrade: [String] = [], connection: [String] = [],
            key: [String] = [], version: [String] = [], protocols: [String] = [], extensions: [String] = []
        ) {
            self.isGET = isGET
            self.minorVersion = minorVersion
            self.upgrade = upgrade
            self.connection = connection
            self.key = key
            self.version = version
            self.protocols = protocols
            self.extensions = extensions
        }
    }

    /// The answer is 101 with these fields.
    public struct Acceptance: Sendable, Equatable {
        public var fields: [Field]
        public var subprotocol: String?
        public var compression: CompressionParameters?
    }

    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String
    }

    /// The answer is an error.
    public struct Refusal: Error, Sendable, Equatable {
        public var status: UInt16
        public var reason: String
        public var fields: [Field] = []

        public init(status: UInt16, reason: String, fields: [Field] = []) {
            self.status = status
            self.reason = reason
            self.fields = fields
        }
    }

    /// Subprotocols that this server speaks; the first that the client offers, too, is taken.
    public var subprotocols: [String]
    /// nil: messages are not compressed.
    public var compression: CompressionPolicy?

    public init(subprotocols: [String] = [], compression: CompressionPolicy? = CompressionPolicy()) {
        self.subprotocols = subprotocols
        self.compression = compression
    }

    /// What to answer.
    public func accept(_ request: Request) throws(Refusal) -> Acceptance {
        guard request.isGET else {
            throw Refusal(
                status: 405, reason: "a WebSocket opens with GET (RFC 6455 4.1)",
                fields: [Field(name: "Allow", value: "GET")])
        }
        guard request.minorVersion >= 1, Self.names("websocket", request.upgrade),
            Self.names("upgrade", request.connection)
        else {
            throw Refusal(
                status: 426, reason: "this path speaks WebSocket: Upgrade: websocket is missing (RFC 6455 4.2.1)",
                fields: [Field(name: "Upgrade", value: "websocket"), Field(name: "Connection", value: "Upgrade")])
        }
        guard request.version == ["13"] else {
            throw Refusal(
                status: 426, reason: "Sec-WebSocket-Version must be 13 (RFC 6455 4.4)",
                fields: [
                    Field(name: "Upgrade", value: "websocket"), Field(name: "Connection", value: "Upgrade"),
                    Field(name: "Sec-WebSocket-Version", value: "13"),
                ])
        }
        guard request.key.count == 1, WebSocketKey.isValid(request.key[0]) else {
            throw Refusal(status: 400, reason: "Sec-WebSocket-Key must be 16 bytes in base64 (RFC 6455 4.2.1)")
        }
        guard let accept = WebSocketKey.accept(request.key[0]) else {
            throw Refusal(status: 500, reason: "the key could not be hashed")
        }
        var acceptance = Acceptance(fields: [
            Field(name: "Upgrade", value: "websocket"), Field(name: "Sec-WebSocket-Accept", value: accept),
        ])
        let offered = request.protocols.flatMap(FieldList.elements)
        if let chosen = subprotocols.first(where: offered.contains) {
            acceptance.subprotocol = chosen
            acceptance.fields.append(Field(name: "Sec-WebSocket-Protocol", value: chosen))
        }
        if let (parameters, answer) = compression?.accept(request.extensions) {
            acceptance.compression = parameters
            acceptance.fields.append(Field(name: "Sec-WebSocket-Extensions", value: answer))
        }
        return acceptance
    }

    private static func names(_ token: String, _ fields: [String]) -> Bool {
        fields.flatMap(FieldList.elements).contains { FieldList.isEqual($0, toToken: token) }
    }
}
