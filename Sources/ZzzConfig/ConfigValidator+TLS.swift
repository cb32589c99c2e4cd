/// `[listen.tls]`
extension ConfigValidator {
    /// What the table says; nil, with errors, when it cannot be used.
    mutating func tls(_ node: ConfigNode) -> TLSSettings? {
        guard let keys = table(node, path: "listen.tls") else { return nil }
        var tls = TLSSettings()
        read(keys, Schema.tls, path: "listen.tls", into: &tls, others: ["certificates"])
        if let more = keys["certificates"] { tls.certificates = certificates(more) }
        if let key = keys["certificate"] ?? keys["key"], (tls.certificate == nil) != (tls.key == nil) {
            fail(at: key, "listen.tls needs both certificate and key")
        } else if keys["certificate"] == nil, keys["certificates"] == nil {
            fail(at: node, "listen.tls needs certificate = \"/PATH\" and key = \"/PATH\"")
        }
        if tls.clientCertificates != .off, tls.clientCA == nil, let key = keys["client_certificates"] {
            fail(at: key, "listen.tls.client_certificates needs client_ca = \"/PATH\"")
        }
        return tls
    }

    private mutating func certificates(_ node: ConfigNode) -> [CertificateSettings] {
        guard case .array(let nodes) = node.value else {
            fail(at: node, "listen.tls.certificates must be an array of tables; write [[listen.tls.certificates]]")
            return []
        }
        return nodes.compactMap { node in
            guard let keys = table(node, path: "listen.tls.certificates") else { return nil }
            var files = CertificateSettings()
            read(keys, Schema.tlsCertificates, path: "listen.tls.certificates", into: &files)
            for key in Schema.tlsCertificates.keys where keys[key.name] == nil {
                fail(at: node, "[[listen.tls.certificates]] needs \(key.name) = \"/PATH\"")
            }
            return files
        }
    }
}
