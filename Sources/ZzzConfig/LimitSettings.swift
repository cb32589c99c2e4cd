/// `[limits]`: what one peer or one connection may use of the daemon.
public struct LimitSettings: Codable, Sendable, Equatable {
    /// The longest request line, without its line end; above it 414 (RFC 9112 3).
    public var requestLine = ByteCount.kibibytes(8)
    /// All header lines together; above it 431 (RFC 6585 5).
    public var headerBytes = ByteCount.kibibytes(16)
    /// How many header lines; above it 431.
    public var headerCount = 100
    /// From the first byte of a request to the end of its headers, however slowly they come; then 408.
    public var headerDeadline = TimeSpan.seconds(10)
    /// The largest request body; above it 413 (RFC 9110 15.5.14).
    public var body = ByteCount.mebibytes(8)
    /// The longest pause within a request body; then 408.
    public var bodyIdle = TimeSpan.seconds(30)
    /// How long a handler may take to begin its response; then 503, and the handler is cancelled.
    public var requestTimeout = TimeSpan.seconds(60)
    /// How long a connection may wait for its next request; then it is closed.
    public var keepAliveIdle = TimeSpan.seconds(75)
    /// How long a peer may take no bytes of a response; then the connection is closed.
    public var writeStall = TimeSpan.seconds(30)
    /// After how many requests a connection is closed; 0 means never.
    public var requestsPerConnection = 0
    /// How many connections the daemon holds; at the limit it stops accepting and says so in its status.
    public var connections = 16384
    /// Request body bytes held for a handler that does not read them; then reading pauses.
    public var requestBuffered = ByteCount.mebibytes(1)
    /// Response bytes held for a peer that does not take them; then the handler is told to wait.
    public var responseBuffered = ByteCount.mebibytes(1)

    public init() {}

    enum CodingKeys: String, CodingKey {
        case requestLine = "request_line"
        case headerBytes = "header_bytes"
        case headerCount = "header_count"
        case headerDeadline = "header_deadline"
        case body
        case bodyIdle = "body_idle"
        case requestTimeout = "request_timeout"
        case keepAliveIdle = "keep_alive_idle"
        case writeStall = "write_stall"
        case requestsPerConnection = "requests_per_connection"
        case connections
        case requestBuffered = "request_buffered"
        case responseBuffered = "response_buffered"
    }
}
