import Glibc
import Testing
import ZzzIO

extension DaemonTests {
    /// TLS as an administrator meets it: with curl(1) and openssl(1) against the real daemon.
    @Suite struct TLSTests {
        /// A daemon with a TLS listener, and the certificates in its directory.
        fileprivate final class Secure {
            let files: TemporaryDirectory
            let daemon: DaemonProcess
            let port: UInt16

            /// - Parameter lines: more of `[listen.tls]`.
            init(_ backend: Backend = .epoll, _ lines: [String] = [], more: [String] = []) throws {
                files = try TemporaryDirectory()
                try Self.makeCertificate("first", ["localhost", "first.example"], in: files)
                for name in more { try Self.makeCertificate(name, [name], in: files) }
                let kit = try FixtureApp.build("kit", in: files)
                var configuration = DaemonConfiguration(
                    backend,
                    apps: [
                        .example("bench", lines: ["settings = { files = \"\(files.path)\" }"]),
                        DaemonConfiguration.App(name: "kit", file: kit, mount: "/kit"),
                    ])
                configuration.listen = []
                var text = ["[[listen]]", "address = \"127.0.0.1:0\"", "[listen.tls]"] + lines
                text += Self.pair("first", in: files)
                for name in more { text += ["[[listen.tls.certificates]]"] + Self.pair(name, in: files) }
                configuration.more = text.joined(separator: "\n") + "\n"
                daemon = try DaemonProcess(configuration)
                port = try daemon.port()
            }

            private static func pair(_ name: String, in files: TemporaryDirectory) -> [String] {
                ["certificate = \"\(files.path)/\(name).pem\"", "key = \"\(files.path)/\(name)-key.pem\""]
            }

            /// A certificate that signs itself, put in place as a renewal does it.
            static func makeCertificate(_ name: String, _ hosts: [String], in files: TemporaryDirectory) throws {
                let names = hosts.map { "DNS:\($0)" }.joined(separator: ",")
                try shell(
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=\(name) "
                        + "-addext 'subjectAltName=\(names)' -keyout new-key.pem -out new.pem && "
                        + "mv new-key.pem \(name)-key.pem && mv new.pem \(name).pem", in: files)
            }

            @discardableResult
            static func shell(_ command: String, in files: TemporaryDirectory) throws -> String {
                let result = try CommandResult.of(["/bin/sh", "-c", "cd \(files.path) && " + command], in: files)
                guard result.status == .code(0) else { throw SystemFailure("\(command): \(result.errors)") }
                return result.output
            }

            /// What curl(1) prints; the certificate is verified unless `arguments` say otherwise.
            func curl(_ arguments: String, path: String = "/plaintext") throws -> CommandResult {
                try CommandResult.of(
                    ["/bin/sh", "-c", "cd \(files.path) && curl -sS \(arguments) https://localhost:\(port)\(path)"],
                    in: files)
            }

            /// What openssl(1) shows of a handshake.
            func handshake(_ arguments: String) throws -> String {
                let command = "cd \(files.path) && openssl s_client -connect 127.0.0.1:\(port) \(arguments) 2>&1"
                return try CommandResult.of(["/bin/sh", "-c", command], in: files).output
            }

            func subject(_ host: String?) throws -> String {
                let name = host.map { "-servername \($0)" } ?? "-noservername"
                return try handshake(name).split(separator: "\n").first { $0.hasPrefix("subject=") }
                    .map { String($0.dropFirst("subject=".count)) } ?? ""
            }
        }

        @Test(arguments: Backend.allCases)
        func `answers curl, also over TLS 1.2 and with a large body`(backend: Backend) throws {
            let secure = try Secure(backend)
            let answer = try secure.curl("--cacert first.pem")
            #expect(answer.output == "Hello, World!", "\(answer.errors)")
            #expect(try secure.curl("--cacert first.pem --tls-max 1.2").output == "Hello, World!")
            // Many requests on one connection.
            let many = try secure.curl("--cacert first.pem", path: "/plaintext?[1-50]")
            #expect(many.output == String(repeating: "Hello, World!", count: 50))
        }

        /// By the kernel where it has TLS, and then a second one on the same connection, and its end; else by OpenSSL.
        @Test(arguments: Backend.allCases)
        func `large files arrive whole, by the kernel where it can`(backend: Backend) throws {
            let secure = try Secure(backend, ["ciphersuites = \"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256\""])
            try Secure.shell(
                "head -c 3000000 /dev/urandom >large.bin && head -c 70000 /dev/urandom >middle.bin", in: secure.files)
            for arguments in ["", "--tls13-ciphers TLS_CHACHA20_POLY1305_SHA256", "--tls-max 1.2"] {
                let get = "--cacert first.pem \(arguments) --fail -o got.large -o got.plain -o got.middle "
                    + "https://localhost:\(secure.port)/files/large.bin https://localhost:\(secure.port)/plaintext"
                let result = try secure.curl(get, path: "/files/middle.bin")
                #expect(result.status == .code(0), "\(arguments): \(result.errors)")
                try Secure.shell("cmp got.large large.bin && cmp got.middle middle.bin && rm got.*", in: secure.files)
            }
            let metrics = try secure.metrics()
            #expect(metrics.contains("zzz_tls_sealed_by_kernel_total \(KernelTLS.isThere ? 2 : 0)\n"))
            #expect(metrics.contains("zzz_tls_sessions_broken_total 0\n"))
        }

        @Test func `serves the certificate of the host that is asked for`() throws {
            let secure = try Secure(more: ["second.example", "*.wild.example"])
            for (host, name) in [
                ("first.example", "first"), ("second.example", "second.example"), ("a.wild.example", "*.wild.example"),
                ("a.b.wild.example", "first"), (nil, "first"),
            ] as [(String?, String)] {
                #expect(try secure.subject(host).hasSuffix(name), "\(host ?? "no name")")
            }
        }

        @Test func `speaks the versions and protocols that it should`() throws {
            let secure = try Secure(.epoll, ["min_version = \"1.3\""])
            #expect(try secure.handshake("-tls1_3 -alpn h2,http/1.1").contains("ALPN protocol: http/1.1"))
            #expect(try secure.handshake("-tls1_3").contains("TLSv1.3"))
            #expect(try secure.handshake("-tls1_2").contains("alert"))
            #expect(try secure.handshake("-tls1_3 -alpn h2").contains("alert"))
            let metrics = try secure.metrics()
            #expect(metrics.contains("zzz_tls_handshake_failures_total{reason=\"version\"} 1"))
            #expect(metrics.contains("zzz_tls_handshake_failures_total{reason=\"application_protocol\"} 1"))
            #expect(metrics.contains("zzz_tls_handshakes_total{resumed=\"false\"} 2"))
        }

        @Test func `answers plain HTTP with an explanation`() throws {
            let secure = try Secure()
            let client = try RawClient(port: secure.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try client.response()
            #expect(response.status == 400)
            #expect(response.text.contains("https://"))
        }

        /// The keys are the supervisor's to keep.
        @Test func `sessions are resumed after an upgrade and after a crash`() throws {
            let secure = try Secure()
            func ask(_ arguments: String) throws -> String {
                let request = "printf 'GET /plaintext HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n'"
                return try Secure.shell(
                    "\(request) | openssl s_client -connect 127.0.0.1:\(secure.port) -ign_eof \(arguments) 2>&1",
                    in: secure.files)
            }
            for version in ["-tls1_2", "-tls1_3"] {
                #expect(try ask("\(version) -sess_out session").contains("New, TLSv1"))
                #expect(try ask("\(version) -sess_in session -sess_out session").contains("Reused, TLSv1"))
                #expect(try secure.daemon.zzzctl("upgrade").status == .code(0))
                #expect(try ask("\(version) -sess_in session -sess_out session").contains("Reused, TLSv1"))
                let server = try secure.daemon.serverPid()
                kill(server, SIGKILL)
                try secure.daemon.awaitAnotherServer(than: server)
                #expect(try ask("\(version) -sess_in session").contains("Reused, TLSv1"))
            }
        }

        @Test func `asks for client certificates`() throws {
            let files = try TemporaryDirectory()
            try Secure.makeCertificate("ca", ["ca"], in: files)
            try Secure.shell(
                "openssl req -newkey rsa:2048 -nodes -subj /CN=alice -keyout alice-key.pem -out alice.csr && "
                    + "openssl x509 -req -in alice.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 "
                    + "-out alice.pem", in: files)
            let secure = try Secure(
                .epoll, ["client_certificates = \"required\"", "client_ca = \"\(files.path)/ca.pem\""])
            #expect(try secure.curl("--cacert first.pem").status != .code(0))
            let shown = "--cert \(files.path)/alice.pem --key \(files.path)/alice-key.pem"
            #expect(try secure.curl("--cacert first.pem \(shown)").output == "Hello, World!")
            #expect(try secure.curl("--cacert first.pem \(shown)", path: "/kit/client").output == "127.0.0.1 CN=alice")
            #expect(try secure.metrics().contains("zzz_tls_handshake_failures_total{reason=\"client_certificate\"} 1"))
        }

        @Test func `shows when certificates expire`() throws {
            let secure = try Secure(more: ["second.example"])
            let listener = try secure.daemon.status()["listeners"]?.arrayValue?.first
            let certificates = listener?["certificates"]?.arrayValue ?? []
            #expect(certificates.compactMap { $0["name"]?.stringValue } == ["localhost", "second.example"])
            #expect(certificates.allSatisfy { $0["expires"]?.stringValue?.hasPrefix("20") == true })
            let text = try secure.daemon.zzzctl("status").output
            #expect(text.contains("EXPIRES"))
            #expect(text.contains("second.example"))
            #expect(try secure.metrics().contains("zzz_tls_certificate_expiry_seconds{listener=\"127.0.0.1:"))
        }

        @Test(arguments: Backend.allCases)
        func `a certificate is renewed under load without a failed request`(backend: Backend) throws {
            let secure = try Secure(backend)
            let load = try (0..<2).map { number in
                try ChildProcess(
                    [
                        "/bin/sh", "-c",
                        "cd \(secure.files.path) && while [ ! -e stop ]; do "
                            + "curl -sSk --fail https://localhost:\(secure.port)/plaintext?[1-20] >/dev/null "
                            + "|| echo failed; echo done >>\(number).count; done",
                    ], name: "load-\(number)", in: secure.files)
            }
            func rounds() -> Int {
                (0..<2).reduce(0) { sum, number in
                    // `try?`: the file is not there yet.
                    sum + ((try? Files.text(secure.files.path + "/\(number).count")) ?? "").count / 5
                }
            }
            try eventually("the load is there") { rounds() > 1 }
            for number in 1...5 {
                let before = rounds()
                try Secure.makeCertificate("first", ["host-\(number)"], in: secure.files)
                let result = try secure.daemon.zzzctl("reload")
                try #require(result.status == .code(0), "\(result.errors)")
                #expect(try secure.handshake("").contains("host-\(number)") || secure.names() == ["host-\(number)"])
                try eventually("requests go on") { rounds() > before + 1 }
            }
            try Files.write("", to: secure.files.path + "/stop")
            for process in load {
                _ = try process.wait()
                #expect(process.standardOutput == "")
                #expect(process.standardError == "")
            }
        }

        @Test func `a key that does not belong to its certificate is refused, and the old one stays`() throws {
            let secure = try Secure()
            try Secure.makeCertificate("other", ["other"], in: secure.files)
            try Secure.shell("cp first-key.pem kept.pem && cp other-key.pem first-key.pem", in: secure.files)
            let result = try secure.daemon.zzzctl("reload")
            #expect(result.status != .code(0))
            #expect(result.errors.contains("first-key.pem: is not the key of the certificate"))
            #expect(result.errors.contains("remedy: "))
            #expect(try secure.curl("--cacert first.pem").output == "Hello, World!")
            #expect(try secure.daemon.status()["config"]?["last_error"]?.stringValue?.contains("first-key.pem") == true)
            // SIGHUP says so in the log, and the right key makes it good.
            try secure.daemon.send(SIGHUP)
            try eventually("it is in the log once more") {
                secure.daemon.log.split(separator: "\n").count { $0.contains("is not the key") } == 2
            }
            try Secure.shell("cp kept.pem first-key.pem", in: secure.files)
            #expect(try secure.daemon.zzzctl("reload").status == .code(0))
        }

        @Test func `a certificate is read again when its file changes, and not before its key has come`() throws {
            let secure = try Secure()
            try Secure.makeCertificate("other", ["renewed"], in: secure.files)
            try Secure.shell("cp first.pem kept.pem && cp other.pem first.pem", in: secure.files)
            try eventually("the certificate without its key is refused") {
                secure.daemon.log.contains("first-key.pem: is not the key of the certificate")
            }
            #expect(try secure.curl("--cacert kept.pem").output == "Hello, World!")
            // Behind a link, as certbot's are.
            try Secure.shell("ln -s other-key.pem link && mv -T link first-key.pem", in: secure.files)
            try eventually("the new certificate is served") { try secure.subject(nil).hasSuffix("other") }
            #expect(try secure.names() == ["renewed"])
            #expect(secure.daemon.log.split(separator: "\n").count { $0.contains("is not the key") } == 1)
        }

        @Test func `a daemon whose certificate cannot be read does not start, and says why`() throws {
            let scratch = try TemporaryDirectory()
            try Files.makeDirectory(scratch.path + "/apps")
            var configuration = DaemonConfiguration()
            configuration.listen = []
            configuration.more = "[[listen]]\naddress = \"127.0.0.1:0\"\n"
                + "tls = { certificate = \"/nowhere/a.pem\", key = \"/nowhere/b.pem\" }\n"
            try Files.write(configuration.text(in: scratch.path), to: scratch.path + "/zzz.toml")
            let result = try CommandResult.of(
                [Dist.zzzd, "--no-supervisor", "--config", scratch.path + "/zzz.toml"], in: scratch)
            #expect(result.status != .code(0))
            #expect(result.errors.contains("/nowhere/a.pem: cannot be read: No such file"))
        }
    }
}

extension DaemonTests.TLSTests.Secure {
    /// The hosts of the certificates that are served.
    fileprivate func names() throws -> [String] {
        let listener = try daemon.status()["listeners"]?.arrayValue?.first
        return listener?["certificates"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }

    fileprivate func metrics() throws -> String {
        try Self.shell(
            "curl -sS --unix-socket \(daemon.directory.path)/run/admin.sock http://localhost/metrics", in: files)
    }
}
