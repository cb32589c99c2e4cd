/// What a permessage-deflate extension was agreed to be (RFC 7692 section 7.1).
@frozen public struct CompressionParameters: Sendable, Equatable {
    /// The server compresses each message by itself.
    public var serverNoContextTakeover = false
    /// The client compresses each message by itself.
    public var clientNoContextTakeover = false
    /// The base-2 logarithm of the server's window, 9 to 15: zlib cannot deflate with 8 (zlib.h, deflateInit2).
    public var serverWindowBits: Int = 15
    /// The base-2 logarithm of the client's window, 8 to 15.
    public var clientWindowBits: Int = 15

    public init() {}
}

/// What a server answers to offers of permessage-deflate.
public struct CompressionPolicy: Sendable, Equatable {
    /// Keep the server's window between messages when the client lets it: smaller messages, for some 100 KiB more
    /// memory for each connection that has sent one. Off, the server says server_no_context_takeover.
    public var keepsServerContext: Bool
    /// Let the client keep its window between messages: up to 32 KiB more for each connection. Off, the server says
    /// client_no_context_takeover.
    public var keepsClientContext: Bool
    /// The largest windows, as base-2 logarithms: 9 to 15, and 8 to 15.
    public var serverWindowBits: Int
    public var clientWindowBits: Int

    public init(
        keepsServerContext: Bool = false, keepsClientContext: Bool = false, serverWindowBits: Int = 15,
        clientWindowBits: Int = 15
    ) {
        precondition((9...15).contains(serverWindowBits), "a server's window has 9 to 15 bits")
        precondition((8...15).contains(clientWindowBits), "a client's window has 8 to 15 bits")
        self.keepsServerContext = keepsServerContext
        self.keepsClientContext = keepsClientContext
        self.serverWindowBits = serverWindowBits
        self.clientWindowBits = clientWindowBits
    }

    /// What comes of the first offer in Sec-WebSocket-Extensions that can be accepted; nil for none. Offers of other
    /// extensions, and malformed ones, are passed over (RFC 7692 section 5.1).
    ///
    /// - Parameter offers: the values of all fields of that name, in their order.
    public func accept(_ offers: [String]) -> (parameters: CompressionParameters, answer: String)? {
        for offer in offers.flatMap(ExtensionOffer.list) where offer.name == "permessage-deflate" {
            if let accepted = accept(offer) { return accepted }
        }
        return nil
    }

    private func accept(_ offer: ExtensionOffer) -> (parameters: CompressionParameters, answer: String)? {
        var result = CompressionParameters()
        result.serverNoContextTakeover = !keepsServerContext
        result.clientNoContextTakeover = !keepsClientContext
        result.serverWindowBits = serverWindowBits
        var names: Set<String> = []
        for (name, value) in offer.parameters {
            guard names.insert(name).inserted else { return nil }
            switch (name, value) {
            case ("server_no_context_takeover", nil): result.serverNoContextTakeover = true
            case ("client_no_context_takeover", nil): result.clientNoContextTakeover = true
            case ("server_max_window_bits", let value?):
                guard let bits = Self.windowBits(value), bits >= 9 else { return nil }
                result.serverWindowBits = min(bits, serverWindowBits)
            case ("client_max_window_bits", let value):
                let bits = value.map(Self.windowBits) ?? 15
                guard let bits else { return nil }
                result.clientWindowBits = min(bits, clientWindowBits)
            default: return nil
            }
        }
        return (result, Self.answer(result, to: names))
    }

    /// RFC 7692 section 7.1.2: 8 to 15, without leading zeros.
    static func windowBits(_ text: String) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), String(bits) == text else { return nil }
        return bits
    }

    /// - Parameter names: the parameters of the offer.
    private static func answer(_ parameters: CompressionParameters, to names: Set<String>) -> String {
        var text = "permessage-deflate"
        if parameters.serverNoContextTakeover { text += "; server_no_context_takeover" }
        if parameters.clientNoContextTakeover { text += "; client_no_context_takeover" }
        // A client that asked for a window is told one, even the largest (RFC 7692 section 7.1.2.1).
        if parameters.serverWindowBits < 15 || names.contains("server_max_window_bits") {
            text += "; server_max_window_bits=\(parameters.serverWindowBits)"
        }
        // Only when the client said that it knows the parameter (RFC 7692 section 7.1.2.2).
        if names.contains("client_max_window_bits"), parameters.clientWindowBits < 15 {
            text += "; client_max_window_bits=\(parameters.clientWindowBits)"
        }
        return text
    }
}
