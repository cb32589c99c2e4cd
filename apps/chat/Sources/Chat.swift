import Zzz
import ZzzTemplate

/// A chat: rooms, who is in them, who is writing, and what was said last. See README.md for a tour.
struct Chat: App {
    /// The directory of what browsers fetch.
    let assets: String

    init(_ configuration: Configuration) throws { assets = try configuration.require("assets") }

    var endpoint: Pipeline {
        Pipeline {
            RequestID()
            // A name is nobody's secret, but it has no place in a log.
            RequestLogger(parameters: .except(["name"]))
            SecureHeaders()
            Static(at: "/assets", from: assets)
        }
    }

    func routes() -> [Route] {
        get("/") { context in
            let assets = context.mount + "/assets"
            try context.render(
                Templates.chat(
                    assets: assets, script: TrustedURL(trusted: assets + "/chat.js"), socket: context.mount + "/socket",
                    longestName: Visitor.longestName, longestText: Message.longestText))
        }
        socket("/socket", Visitor.self) { $0.channels = 10 }
    }
}

@c(zzz_app_entry) public func entry() -> AppDescriptor {
    export(name: "Chat", version: "1.0") { configuration in try Chat(configuration) }
}
