import ZzzAppABI
import ZzzJSON
import ZzzRouter
import ZzzServer

/// What a throwaway process found out about an app's file: what `zzzd --probe FILE` prints, as JSON.
///
/// The members are those of ZzzControl's `InspectReport`, and `source` for each route.
public struct ProbeReport: Codable, Sendable, Equatable {
    /// One method of one route, without the app's mount prefix.
    public struct Route: Codable, Sendable, Equatable {
        public var app: String
        /// Empty: every host of the app.
        public var hosts: [String]
        /// The method, or `*` for every method.
        public var method: String
        public var pattern: String
        /// nil when the app gave none.
        public var name: String?
        /// Where the route is written.
        public var source: String
    }

    /// Why the file would not be loaded.
    public struct Failure: Codable, Sendable, Equatable {
        public var code: String
        public var message: String
        public var remedy: String

        init(_ error: AppError) {
            code = "load-failed"
            message = error.reason
            remedy = error.remedy
        }
    }

    /// The file as given.
    public var file: String
    /// Whether the daemon would load it.
    public var loadable = false
    public var name: String?
    public var version: String?
    public var runtime: String?
    /// The ABI version it was built for.
    public var abi: String?
    /// The ABI version of this daemon.
    public var hostABI = AppDescriptor.hostABI
    /// The file's size in bytes.
    public var bytes: Int?
    public var routes: [Route]?
    public var error: Failure?

    init(file: String) {
        self.file = file
    }

    enum CodingKeys: String, CodingKey {
        case file, loadable, name, version, runtime, abi, bytes, routes, error
        case hostABI = "host_abi"
    }

    mutating func describe(_ descriptor: AppDescriptor) {
        name = descriptor.name
        version = descriptor.version
        runtime = descriptor.runtime
        abi = descriptor.abi
    }

    mutating func describe(_ site: Site) {
        routes = site.routes.flatMap { route in
            RouteMethods.names(route.methods).map { method in
                Route(
                    app: site.name, hosts: route.host.map { [$0.text] } ?? [], method: method,
                    pattern: route.pattern.text, name: route.name.isEmpty ? nil : route.name, source: route.source)
            }
        }
    }
}

/// The methods of a route, for people.
public enum RouteMethods {
    /// One name for each method, `*` for all of them, `other` for those that have no bit of their own.
    public static func names(_ methods: MethodSet) -> [String] {
        guard methods != .all else { return ["*"] }
        var names = methods.allowFieldValue.split(separator: ",").map { String($0.drop { $0 == " " }) }
        if methods.contains(.other) { names.append("other") }
        return names
    }
}

/// What the throwaway process is told on its standard input.
struct ProbeRequest: Codable, Sendable {
    /// The file to load.
    var image: String
    /// The file as the administrator knows it.
    var file: String
    /// The app's name; for an inspected file the file's own.
    var app: String
    /// The number that the generation would have; 0 for an inspected file.
    var generation: UInt64 = 0
    var settings: JSONValue = .object([:])
    var stateDirectory = ""
}
