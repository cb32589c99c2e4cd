/// `[admin]`: the listener for health checks and metrics.
public struct AdminSettings: Codable, Sendable, Equatable {
    /// Where it listens; nil means the unix socket `admin.sock` in the runtime directory.
    public var address: AdminAddress?
    /// The permissions of a unix socket's file; an octal text in the configuration, its value here.
    public var mode: UInt32 = 0o660

    public init() {}
}

/// A listen address, or `off`.
public enum AdminAddress: Sendable, Hashable, CustomStringConvertible {
    case off
    case at(ListenAddress)

    /// Reads `off`, or an address as `[[listen]]` has it.
    public init(_ text: String) throws(ListenAddress.Problem) {
        self = text == "off" ? .off : .at(try ListenAddress(text))
    }

    /// As the configuration writes it.
    public var description: String {
        switch self {
        case .off: "off"
        case .at(let address): address.description
        }
    }
}

extension AdminAddress: Codable {
    /// In JSON it is the text that the configuration would have.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            self = try AdminAddress(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) \(error.description)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Settings {
    /// Where the admin listener listens: what `[admin]` says, or the socket in the runtime directory; nil when it is
    /// switched off.
    public var adminAddress: ListenAddress? {
        switch admin.address {
        case .off?: nil
        case .at(let address)?: address
        case nil: .unix(path: paths.runtime + "/admin.sock")
        }
    }
}
