/// A certificate of a listener.
public struct CertificateReport: Codable, Sendable, Equatable {
    /// The first host that it is for.
    public var name: String
    /// All of them.
    public var hosts: [String]
    /// The file it was read from.
    public var file: String
    /// When it expires.
    public var expires: Timestamp

    public init(name: String, hosts: [String], file: String, expires: Timestamp) {
        self.name = name
        self.hosts = hosts
        self.file = file
        self.expires = expires
    }
}
