import ZzzTLS

/// What is spoken below HTTP.
public struct Transport: Sendable {
    /// nil for no TLS.
    public var tls: TLSContext?
    /// nil when no balancer is believed.
    public var proxy: ProxyPolicy?

    public init(tls: TLSContext? = nil, proxy: ProxyPolicy? = nil) {
        self.tls = tls
        self.proxy = proxy
    }
}
