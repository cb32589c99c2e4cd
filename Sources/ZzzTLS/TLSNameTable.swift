/// Which certificate a host gets: one that names it, else one with a wildcard for it, else the first.
struct TLSNameTable: Sendable {
    private var exact: [String: Int] = [:]
    /// By what is behind the asterisk: ".example.com".
    private var wildcards: [String: Int] = [:]

    /// Of two certificates for one name, the earlier one is taken.
    init(_ certificates: [TLSCertificate]) {
        for (index, certificate) in certificates.enumerated() {
            for name in certificate.names {
                if name.hasPrefix("*.") {
                    let suffix = String(name.dropFirst())
                    if wildcards[suffix] == nil { wildcards[suffix] = index }
                } else if exact[name] == nil {
                    exact[name] = index
                }
            }
        }
    }

    /// An asterisk stands for one label (RFC 6125 section 6.4.3).
    func index(for host: String) -> Int {
        var host = host.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        if let index = exact[host] { return index }
        guard let dot = host.firstIndex(of: ".") else { return 0 }
        return wildcards[String(host[dot...])] ?? 0
    }
}
