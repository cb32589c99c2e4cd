import ZzzAppABI

@testable import Zzz

/// Sends requests to a fake host and keeps the cookies, as a browser does: by name, and gone with Max-Age=0.
final class FakeBrowser {
    let host: FakeHost
    var cookies: [String: String] = [:]
    /// Seconds since 1970, as the app sees them.
    var now: Int64 { didSet { setClock() } }

    init(_ host: FakeHost, now: Int64 = 1_800_000_000) {
        self.host = host
        self.now = now
        setClock()
    }

    private func setClock() {
        let seconds = now
        host.instance?.clock = WallClock { seconds }
    }

    @discardableResult
    func send(
        _ method: String, _ target: String, headers: [(String, String)] = [], form: String? = nil
    ) -> FakeRequest {
        var headers = headers
        if !cookies.isEmpty {
            let text = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            headers.append(("Cookie", text))
        }
        if form != nil { headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
        let request = host.send(FakeRequest(method, target, headers: headers, body: form ?? ""))
        take(request)
        return request
    }

    @discardableResult
    func get(_ target: String) -> FakeRequest { send("GET", target) }

    private func take(_ request: FakeRequest) {
        for line in setCookies(request) {
            let parts = line.split(separator: "; ").map(String.init)
            guard let equals = parts[0].firstIndex(of: "=") else { continue }
            let name = String(parts[0][..<equals])
            cookies[name] = parts.contains("Max-Age=0") ? nil : String(parts[0][parts[0].index(after: equals)...])
        }
    }

    /// The lines of Set-Cookie.
    func setCookies(_ request: FakeRequest) -> [String] {
        request.headers.filter { $0.0 == "Set-Cookie" }.map(\.1)
    }
}

extension FakeHost {
    static let secret = "a secret of the tests, 32 bytes or more"

    /// A host whose configuration has a secret.
    static func withSecret() -> FakeHost {
        let host = FakeHost()
        host.settings["secret_key_base"] = .string(secret)
        return host
    }
}
