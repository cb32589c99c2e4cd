import Glibc
import Testing
import ZzzJSON

/// A crash as `zzzctl crashes --json` tells of it.
struct CrashReport {
    struct Frame: Equatable {
        let function: String
        let file: String
        let line: Int
    }

    let app: String
    let generation: Int
    let route: String
    let request: String
    let signal: String
    let frames: [Frame]

    init(_ json: JSONValue) {
        app = json["app"]?.stringValue ?? ""
        generation = json["generation"]?.intValue ?? 0
        route = json["route"]?.stringValue ?? ""
        request = json["request"]?.stringValue ?? json["request_id"]?.stringValue ?? ""
        signal = json["signal"]?.stringValue ?? ""
        frames = (json["frames"]?.arrayValue ?? []).map { frame in
            Frame(
                function: frame["function"]?.stringValue ?? "", file: frame["file"]?.stringValue ?? "",
                line: frame["line"]?.intValue ?? 0)
        }
    }

    /// Whether the backtrace shows `place`.
    func shows(_ place: SourcePlace) throws -> Bool {
        let line = try place.line()
        return frames.contains { $0.function == place.function && $0.file.hasSuffix(place.file) && $0.line == line }
    }
}

/// A line of a test app's source that a backtrace has to show.
struct SourcePlace: Sendable {
    /// As the backtrace names it: `trapIndex(_:)`.
    let function: String
    /// From the package's root.
    let file: String
    /// What is written on the line, and on no other.
    let text: String

    /// A line of the app faulty.
    static func faulty(_ function: String, _ file: String, _ text: String) -> SourcePlace {
        SourcePlace(function: function, file: "Tests/Apps/faulty/\(file).swift", text: text)
    }

    /// A line of faults.c.
    static func contract(_ function: String, _ text: String) -> SourcePlace {
        SourcePlace(function: function, file: "Tests/DaemonTests/Fixtures/faults.c", text: text)
    }

    /// The line's number, so that a test does not depend on what stands before it.
    func line() throws -> Int {
        let lines = try Files.text(Dist.packageRoot + "/" + file).split(
            separator: "\n", omittingEmptySubsequences: false)
        let found = lines.indices.filter { lines[$0].contains(text) }
        guard found.count == 1 else { throw SystemFailure("\(found.count) lines of \(file) say: \(text)") }
        return found[0] + 1
    }
}

extension DaemonProcess {
    /// The crashes that it knows of, of one app or of all.
    func crashes(of app: String? = nil) throws -> [CrashReport] {
        let result = try zzzctl("crashes", "--json")
        guard result.status == .code(0) else { throw SystemFailure("zzzctl crashes: \(result.errors)") }
        let list = result.json["crashes"]?.arrayValue ?? result.json.arrayValue ?? []
        return list.map(CrashReport.init).filter { app == nil || $0.app == app }
    }

    /// Waits for the only crash of the app, or for so many.
    func onlyCrash(of app: String, count: Int = 1) throws -> CrashReport {
        var all: [CrashReport] = []
        try eventually("a crash of \(app) is reported; the log: \(log)") {
            all = try crashes(of: app)
            return all.count >= count
        }
        #expect(all.count == count, "\(all)")
        return try #require(all.first)
    }

    func generation(of app: String) throws -> Int {
        try self.app(app)?["generation"]?.intValue ?? 0
    }
}
