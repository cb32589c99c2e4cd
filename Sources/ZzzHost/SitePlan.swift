import Logging
import ZzzConfig
import ZzzJSON
import ZzzRouter
import ZzzServer
import ZzzStore

/// What the configuration says about one app, as far as it makes a generation: a change of it takes a new one.
struct SitePlan: Sendable, Equatable {
    let isEnabled: Bool
    /// "/" or "/blog"
    let mount: String
    let hosts: [String]
    let limits: SiteLimits
    let settings: JSONValue
    /// nil: that of the daemon's log.
    let logLevel: Logger.Level?

    init(app: String, settings all: Settings) {
        let own = all.settings(forApp: app)
        isEnabled = own.enabled
        mount = own.mountPath(forApp: app)
        hosts = own.hosts
        limits = SiteLimits(all.limits(forApp: app))
        settings = own.settings
        logLevel = own.logLevel.flatMap { Logger.Level(rawValue: $0.rawValue) }
    }

    /// The hosts as the server matches them.
    func hostPatterns() throws(AppError) -> [HostPattern] {
        var patterns: [HostPattern] = []
        for host in hosts {
            do {
                patterns.append(try HostPattern(host))
            } catch {
                throw AppError(reason: "its host \"\(host)\": \(error)", remedy: "correct hosts in its table")
            }
        }
        return patterns
    }
}

extension StoreLimits {
    init(_ settings: StoreSettings) {
        self.init(memoryByteCount: settings.memory.bytes, valueByteCount: settings.maxValue.bytes)
    }
}

extension SiteLimits {
    init(_ settings: LimitSettings) {
        self.init()
        bodyBytes = settings.body.bytes
        bodyIdleMilliseconds = UInt64(clamping: settings.bodyIdle.milliseconds)
        writeStallMilliseconds = UInt64(clamping: settings.writeStall.milliseconds)
        responseBufferedBytes = settings.responseBuffered.bytes
        requestTimeoutMilliseconds = UInt64(clamping: settings.requestTimeout.milliseconds)
    }
}
