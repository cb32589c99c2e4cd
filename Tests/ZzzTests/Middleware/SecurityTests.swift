import Testing
import ZzzBase64

@testable import Zzz

/// SecureHeaders, ForceSSL and Auth.
@Suite struct SecurityTests {
    private func load(
        _ pipeline: Pipeline, _ handler: @escaping @Sendable (Context) throws -> String = { _ in "x" }
    ) throws -> FakeHost {
        let host = FakeHost()
        try host.load { get("/*path", through: [pipeline], handler) }
        return host
    }

    // MARK: SecureHeaders

    @Test func theDefaultsAreSent() throws {
        let request = try load(Pipeline { SecureHeaders() }).get("/")
        #expect(request.header("X-Content-Type-Options") == "nosniff")
        #expect(request.header("X-Frame-Options") == "SAMEORIGIN")
        #expect(request.header("Referrer-Policy") == "strict-origin-when-cross-origin")
        #expect(request.header("Cross-Origin-Opener-Policy") == "same-origin")
        #expect(
            request.header("Content-Security-Policy") == "default-src 'self'; object-src 'none'; base-uri 'self'; "
                + "form-action 'self'; frame-ancestors 'self'")
        #expect(request.headers.count == 5)
    }

    @Test func everyOptionOfSecureHeaders() throws {
        let headers = SecureHeaders(
            policy: ContentSecurityPolicy().set(.upgradeInsecureRequests), isReportOnly: true, frameOptions: .deny,
            referrerPolicy: .noReferrer, refusesSniffing: false, permissionsPolicy: "camera=()", openerPolicy: nil,
            resourcePolicy: "same-site", embedderPolicy: "require-corp")
        let request = try load(Pipeline { headers }).get("/")
        #expect(
            Dictionary(uniqueKeysWithValues: request.headers) == [
                "Content-Security-Policy-Report-Only": "upgrade-insecure-requests", "X-Frame-Options": "DENY",
                "Referrer-Policy": "no-referrer", "Permissions-Policy": "camera=()",
                "Cross-Origin-Resource-Policy": "same-site", "Cross-Origin-Embedder-Policy": "require-corp",
            ])
        let none = SecureHeaders(
            policy: nil, frameOptions: nil, referrerPolicy: nil, refusesSniffing: false, openerPolicy: nil)
        #expect(try load(Pipeline { none }).get("/").headers.isEmpty)
    }

    @Test func whatTheHandlerSetStays() throws {
        let host = try load(Pipeline { SecureHeaders() }) { context in
            context.setHeader("x-frame-options", "DENY")
            return "x"
        }
        #expect(host.get("/").headers.filter { $0.0.lowercased() == "x-frame-options" }.map(\.1) == ["DENY"])
    }

    @Test func eachResponseHasANonceOfItsOwn() throws {
        let policy = ContentSecurityPolicy().set(.scripts, .nonce, .strictDynamic).set(.styles, "https://a.example")
        let host = try load(Pipeline { SecureHeaders(policy: policy) }) { context in
            #expect(context.cspNonce == context.cspNonce)
            return context.cspNonce
        }
        let first = host.get("/")
        #expect(first.text.utf8.count == 32)
        #expect(
            first.header("Content-Security-Policy")
                == "script-src 'nonce-\(first.text)' 'strict-dynamic'; style-src https://a.example")
        #expect(host.get("/").text != first.text)
    }

    @Test func aRuleReplacesTheOneBefore() {
        let policy = ContentSecurityPolicy().set(.images, .ownOrigin).set(.images, .data, .https)
        #expect(policy.text(nonce: nil) == "img-src data: https:")
    }

    @Test(arguments: ["a; b", "a b", "a,b", "", "\n", "é"])
    func whatCannotBeInAPolicyRefusesTheApp(_ text: String) {
        #expect(throws: StartupError.self) {
            try load(Pipeline { SecureHeaders(policy: ContentSecurityPolicy().set(.images, .init(text))) })
        }
        #expect(throws: StartupError.self) {
            try load(Pipeline { SecureHeaders(permissionsPolicy: "a\(text)\r\nb") })
        }
    }

    // MARK: ForceSSL

    private func secured(
        _ ssl: ForceSSL, _ method: String = "GET", _ target: String = "/a?b=1", host name: String? = "x.example:80",
        isSecure: Bool = false
    ) throws -> FakeRequest {
        let host = FakeHost()
        try host.load { any("/*path", through: [Pipeline { ssl }]) { _ in "x" } }
        let request = FakeRequest(method, target, headers: name.map { [("Host", $0)] } ?? [])
        request.isSecure = isSecure
        return host.send(request)
    }

    @Test(arguments: [("GET", 301), ("HEAD", 301), ("POST", 308)])
    func plainRequestsAreSentToHTTPS(_ method: String, _ status: UInt16) throws {
        let request = try secured(ForceSSL(), method)
        #expect(request.status == status)
        #expect(request.header("Location") == "https://x.example/a?b=1")
        #expect(request.header("Strict-Transport-Security") == nil)
    }

    @Test func secureRequestsGetHSTS() throws {
        let header = "Strict-Transport-Security"
        #expect(try secured(ForceSSL(), isSecure: true).header(header) == "max-age=31536000")
        #expect(try secured(ForceSSL(hsts: nil), isSecure: true).header(header) == nil)
        let hsts = ForceSSL.HSTS(maxAge: .seconds(63_072_000), includesSubdomains: true, isPreloaded: true)
        #expect(
            try secured(ForceSSL(hsts: hsts), isSecure: true).header(header)
                == "max-age=63072000; includeSubDomains; preload")
    }

    @Test func otherOptionsOfForceSSL() throws {
        #expect(try secured(ForceSSL(host: "y.example:8443")).header("Location") == "https://y.example:8443/a?b=1")
        #expect(try secured(ForceSSL(), host: "localhost:8080").text == "x")
        #expect(try secured(ForceSSL(excludedHosts: ["X.example"])).text == "x")
        let health = ForceSSL(excludedPaths: ["/health"])
        for (path, status) in [("/health", 200), ("/health/live", 200), ("/healthy", 301), ("/a/health", 301)] {
            #expect(try secured(health, "GET", path).status == status, "\(path)")
        }
        #expect(try secured(ForceSSL(), host: "").status == 400)
        #expect(throws: StartupError.self) { try secured(ForceSSL(hsts: .init(isPreloaded: true))) }
    }

    // MARK: Auth

    private func authorized(_ pipeline: Pipeline, _ fields: String...) throws -> FakeRequest {
        try load(pipeline) { "\($0.basicUser ?? $0.bearerToken ?? "nobody")" }.get(
            "/", headers: fields.map { ("Authorization", $0) })
    }

    @Test(arguments: [
        ("Basic YWRhOnMzOmNyZXQ=", 200), ("basic   YWRhOnMzOmNyZXQ=", 200), ("Basic YWRhOnMzOmNyZXQ", 200),
        ("Basic YWRhOndyb25n", 401), ("Basic YWRhOg==", 401), ("Basic YWRh", 401), ("Basic", 401), ("Basic ", 401),
        ("Basic !!!!", 401), ("Basic YWRhOnMzOmNyZXQ==", 401), ("Basic /////w==", 401),
        ("Bearer YWRhOnMzOmNyZXQ=", 401),
        ("", 401), ("YWRhOnMzOmNyZXQ=", 401), ("Basic Y", 401), ("Basic YWRhOnMzOmNyZXR=", 401),
    ])
    func basicCredentials(_ field: String, _ status: UInt16) throws {
        let basic = Pipeline { Auth.Basic(realm: "The \"shop\"", name: "ada", password: "s3:cret") }
        let request = try authorized(basic, field)
        #expect(request.status == status)
        if status == 200 {
            #expect(request.text == "ada")
        } else {
            #expect(request.header("WWW-Authenticate") == #"Basic realm="The \"shop\"", charset="UTF-8""#)
        }
    }

    @Test func basicWithAFunction() throws {
        let basic = Auth.Basic { name, password, _ in name == "ada" && password.isEmpty }
        #expect(try authorized(Pipeline { basic }, "Basic YWRhOg==").text == "ada")
        #expect(try authorized(Pipeline { basic }, "Basic YWRhOg==", "Basic YWRhOg==").status == 401)
        #expect(throws: StartupError.self) {
            try authorized(Pipeline { Auth.Basic(realm: "a\nb") { _, _, _ in true } })
        }
    }

    @Test(arguments: [
        ("Bearer abc.d-e_f~g+h/i==", 200), ("bearer t2", 200), ("Bearer t3", 401), ("Bearer t2 ", 200), ("Bearer", 401),
        ("Bearer ", 401), ("Bearer a b", 401), ("Bearer =", 401), ("Basic t2", 401), ("Bearer t\u{7F}", 401),
        ("Bearer t22", 401), ("Bearer t", 401),
    ])
    func bearerTokens(_ field: String, _ status: UInt16) throws {
        let bearer = Auth.Bearer(realm: "API", scope: "read", tokens: ["abc.d-e_f~g+h/i==", "t2"])
        let request = try authorized(Pipeline { bearer }, field)
        #expect(request.status == status)
        guard status == 401 else { return }
        let challenge = try #require(request.header("WWW-Authenticate"))
        #expect(challenge.hasPrefix(#"Bearer realm="API", scope="read""#))
        #expect(challenge.hasSuffix(#"error="invalid_token""#) == (field.hasPrefix("Bearer ")))
    }

    @Test func bearerWithAFunctionAndWithoutATokenAtAll() throws {
        let bearer = Auth.Bearer { token, _ in
            if token == "weak" { throw Abort(.forbidden) }
            return token == "good"
        }
        #expect(try authorized(Pipeline { bearer }, "Bearer good").text == "good")
        #expect(try authorized(Pipeline { bearer }, "Bearer weak").status == 403)
        #expect(try authorized(Pipeline { bearer }).header("WWW-Authenticate") == #"Bearer realm="Application""#)
    }

    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("ab", "a", false), ("", "a", false),
    ])
    func secretsAreComparedWhole(_ given: String, _ secret: String, _ isEqual: Bool) {
        #expect(ConstantTime.equal(given, secret) == isEqual)
    }

    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Z", nil), ("Zm9v=", nil),
        ("====", nil),
        ("Zg=", nil), ("Zh==", nil), ("Zm 9v", nil), ("Zm9-", nil), ("=Zg=", nil),
    ])
    func base64(_ text: String, _ expected: String?) {
        #expect(Base64.decode(text).map { String(decoding: $0, as: UTF8.self) } == expected)
    }
}
