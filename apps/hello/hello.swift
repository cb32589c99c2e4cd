import Zzz

struct Hello: App {
    func routes() -> [Route] {
        get("/") { _ in "Hello from Zzz" }
    }
}

@c(zzz_app_entry) public func entry() -> AppDescriptor { export(Hello(), version: "1.0") }
