import Glibc
import Logging
import ZzzJSON
import ZzzServer

/// The throwaway process's side of a probe, and `zzzd --probe FILE`.
public enum ProbeWorker {
    /// Set by `Probe` to the number of the descriptor that the report goes to.
    static let environmentKey = "ZZZ_PROBE_REPORT"
    static let stepPrefix = "step "
    /// The longest request, in bytes.
    private static let requestLimitBytes = 16 << 20

    /// What `zzzd --probe FILE` does. In a process that `Probe` has started it loads the file and does not return;
    /// otherwise it starts such a process, prints its report on standard output as JSON, and returns the exit code: 0
    /// when the daemon would load the file, 1 when not.
    ///
    /// Call it before anything else: it expects a process with one thread and no signal handlers.
    public static func run(file: String, version: String, probe: Probe = Probe()) -> Int32 {
        runIfAsked(version: version)
        var report = ProbeReport(file: file)
        do {
            let checked = try AppFile(path: file)
            report.bytes = checked.byteCount
            let name = AppPath.stem(file)
            report = try probe.run(ProbeRequest(image: file, file: file, app: name))
        } catch {
            report.error = ProbeReport.Failure(error)
        }
        print(report, to: STDOUT_FILENO)
        return report.loadable ? 0 : 1
    }

    /// Loads an app and ends the process, if `Probe` has started it for that; otherwise returns at once.
    public static func runIfAsked(version: String) {
        guard let text = getenv(environmentKey), let descriptor = Int32(String(cString: text)) else { return }
        // What the app starts is no probe.
        unsetenv(environmentKey)
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        var report = ProbeReport(file: "")
        do throws(AppError) {
            let request = try readRequest()
            report.file = request.file
            try load(request, HostTable(version: version), &report) { step in
                write("\(stepPrefix)\(step.rawValue)\n", to: descriptor)
            }
            report.loadable = true
        } catch {
            report.error = ProbeReport.Failure(error)
        }
        print(report, to: descriptor)
        // Neither atexit handlers nor destructors: the app's may hang or trap.
        _exit(report.loadable ? 0 : 1)
    }

    private static func load(
        _ request: ProbeRequest, _ host: HostTable, _ report: inout ProbeReport, step: (LoadStep) -> Void
    ) throws(AppError) {
        let file = try AppFile(path: request.image)
        report.bytes = file.byteCount
        let image = try AppImage(path: request.image, step: step)
        report.describe(image.descriptor)
        var parameters = Generation.Parameters(
            app: request.app, number: request.generation,
            logger: Logger(label: "probe", factory: { _ in SwiftLogNoOpLogHandler() }))
        parameters.settings = request.settings
        parameters.stateDirectory = request.stateDirectory
        let generation = try Generation(parameters, image: image)
        step(.create)
        try generation.create(host)
        step(.enroll)
        try generation.enroll()
        report.describe(try generation.makeSite(mount: "", hosts: [], limits: SiteLimits()))
    }

    private static func readRequest() throws(AppError) -> ProbeRequest {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= requestLimitBytes {
            let count = retryingOnInterrupt { read(STDIN_FILENO, &piece, piece.count) }
            guard count > 0 else { break }
            bytes.append(contentsOf: piece[..<count])
        }
        do {
            return try JSONBytesDecoder().decode(ProbeRequest.self, from: bytes)
        } catch {
            throw AppError(
                .environment, reason: "the probe got no request: \(error)", remedy: "report this fault of the daemon")
        }
    }

    private static func print(_ report: ProbeReport, to descriptor: Int32) {
        do {
            write(String(decoding: try JSONBytesEncoder().encode(report), as: UTF8.self) + "\n", to: descriptor)
        } catch {
            preconditionFailure("a report that is no JSON: \(error)")
        }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                retryingOnInterrupt { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Names from paths.
enum AppPath {
    /// "blog-3.so" for "/run/zzz/apps/blog-3.so".
    static func fileName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// "blog" for "/var/lib/zzz/apps/blog.so".
    static func stem(_ path: String) -> String {
        let name = fileName(path)
        return name.hasSuffix(".so") ? String(name.dropLast(3)) : name
    }
}
