import ZzzRouter

/// Two apps that claim the same place.
public struct SiteTableConflict: Error, Sendable, Equatable, CustomStringConvertible {
    public let first: String
    public let second: String
    public let mount: String
    /// nil: every host.
    public let host: String?

    public var description: String {
        let place = (host.map { "host \($0)" } ?? "every host") + ", path \(mount.isEmpty ? "/" : mount)"
        return "apps \(first) and \(second) are both mounted at \(place): "
            + "give one another mount or hosts in [app.\(second)]"
    }
}

/// Every site of the daemon, immutable: what each loop reads to find the app for a request. A deploy makes a new one.
public final class SiteTable: @unchecked Sendable {
    // @unchecked: `mounts` is filled by init and never changed; it goes with the object.

    public let sites: [Site]
    /// One place of one site.
    private struct Place: Sendable {
        let host: HostPattern?
        let site: Site
    }
    /// A place for every host, as it is read for each request: without reference counting.
    private struct Mount {
        let path: UnsafeRawBufferPointer
        let site: Unmanaged<Site>
    }
    /// Places for some hosts, in the order of preference: exact host, wildcard host; then the longest mount first.
    private let placesByHost: [Place]
    /// Places for every host, the longest mount first.
    private let mounts: UnsafeMutableBufferPointer<Mount>

    public init(sites: [Site]) throws(SiteTableConflict) {
        self.sites = sites
        let places = try Self.places(of: sites)
        placesByHost = places.filter { $0.host != nil }
        let others = places.filter { $0.host == nil }
        mounts = .allocate(capacity: max(others.count, 1))
        for (index, place) in others.enumerated() {
            let mount = Mount(path: place.site.mountBytes.buffer, site: Unmanaged.passUnretained(place.site))
            mounts.initializeElement(at: index, to: mount)
        }
        mountCount = others.count
    }

    private let mountCount: Int

    deinit {
        mounts.deallocate()
    }

    /// The places of every site, in the order of preference.
    private static func places(of sites: [Site]) throws(SiteTableConflict) -> [Place] {
        var places: [Place] = []
        for site in sites {
            let hosts: [HostPattern?] = site.hosts.isEmpty ? [nil] : site.hosts.map { $0 }
            for host in hosts {
                if let taken = places.first(where: { $0.host == host && $0.site.mount == site.mount }) {
                    throw SiteTableConflict(
                        first: taken.site.name, second: site.name, mount: site.mount, host: host?.text)
                }
                places.append(Place(host: host, site: site))
            }
        }
        return places.sorted { left, right in
            switch (left.host, right.host) {
            case (let left?, let right?) where left != right: left.precedes(right)
            case (.some, nil): true
            case (nil, .some): false
            default: left.site.mount.utf8.count > right.site.mount.utf8.count
            }
        }
    }

    /// A table without sites: every request is answered with 404.
    public static let empty: SiteTable = {
        do { return try SiteTable(sites: []) } catch { preconditionFailure("an empty table conflicts: \(error)") }
    }()

    /// The site for a request, nil when there is none. `authority` and `path` are as received.
    @inline(__always)
    func site(authority: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer) -> Unmanaged<Site>? {
        if !placesByHost.isEmpty, let site = siteByHost(authority, path) { return site }
        for index in 0..<mountCount where Self.isBelow(path, mount: mounts[index].path) { return mounts[index].site }
        return nil
    }

    @inline(never)
    private func siteByHost(_ authority: UnsafeRawBufferPointer, _ path: UnsafeRawBufferPointer) -> Unmanaged<Site>? {
        for place in placesByHost {
            guard let host = place.host, host.matches(authority) else { continue }
            if Self.isBelow(path, mount: place.site.mountBytes.buffer) { return Unmanaged.passUnretained(place.site) }
        }
        return nil
    }

    /// Whether any site answers this host, at whatever path.
    func hasHost(_ authority: UnsafeRawBufferPointer) -> Bool {
        sites.isEmpty || mountCount > 0 || placesByHost.contains { $0.host?.matches(authority) ?? true }
    }

    /// Whether `path` is `mount` itself or below it: "/blog" and "/blog/x", not "/blogs".
    @inline(__always)
    static func isBelow(_ path: UnsafeRawBufferPointer, mount: UnsafeRawBufferPointer) -> Bool {
        guard path.count >= mount.count else { return false }
        for index in 0..<mount.count where path[index] != mount[index] { return false }
        return path.count == mount.count || path[mount.count] == UInt8(ascii: "/")
    }
}

extension HostPattern {
    /// Whether this pattern is tried before the other: exact names before wildcards, then the longer one.
    func precedes(_ other: HostPattern) -> Bool {
        guard isWildcard == other.isWildcard else { return other.isWildcard }
        return text.utf8.count > other.text.utf8.count
    }
}
