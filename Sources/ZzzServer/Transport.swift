import ZzzTLS

/// What is spoken below HTTP on a connection, and who answers it.
public struct Transport: Sendable {
    /// nil for no TLS.
    public var tls: TLSContext?
    /// nil when no balancer is believed.
    public var proxy: ProxyPolicy?
    /// TLS has ended before the bytes came here.
    public var isSecure = false
    /// What answers in place of what was published, so that apps which claim the same place run side by side, as a
    /// testing kit needs it. Its sites must live until the server stops: unlike those that were published, they are not
    /// kept for what is in flight.
    public var table: SiteTable?

    public init(tls: TLSContext? = nil, proxy: ProxyPolicy? = nil) {
        self.tls = tls
        self.proxy = proxy
    }
}
