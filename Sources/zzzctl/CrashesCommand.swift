import ArgumentParser
import ZzzControl

/// `zzzctl crashes [APP]`
struct CrashesCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "crashes", abstract: "Shows the latest faults of all apps, or of one, the newest last.",
        discussion: """
            A fault costs the request that it happened in, and nothing else. The app's own code has a > before it.
            """)

    @Argument(help: "The app.") var app: String?
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        _ = try connection.show(.crashes, app: app, as: CrashesReport.self) { report in
            report.crashes.isEmpty ? "no crashes\n" : report.crashes.map(CrashText.text).joined(separator: "\n")
        }
    }
}

/// One crash as a block of lines.
enum CrashText {
    static func text(_ crash: CrashReport) -> String {
        let app = crash.app.isEmpty ? "no app" : crash.app
        let generation = crash.generation > 0 ? " (generation \(crash.generation), version \(crash.version))" : ""
        var lines = ["\(crash.at)  \(app)\(generation)", "  \(crash.signal)  \(crash.meaning) at \(crash.address)"]
        lines.append("  in        \(activity(crash))")
        if let id = crash.requestID { lines.append("  request   \(id)") }
        lines.append("  outcome   \(crash.outcome.rawValue)")
        if !crash.frames.isEmpty { lines.append("  stack") }
        // What called the app is the same each time: --json has it.
        let end = crash.frames.lastIndex(where: \.isOwn).map { $0 + 1 } ?? crash.frames.count
        lines += frames(Array(crash.frames[..<end]))
        let rest = Set(crash.frames[end...].map(\.index)).count
        if rest > 0 { lines.append("     and \(rest) frames of what called it") }
        return lines.map { TextTable.printable($0) + "\n" }.joined()
    }

    /// `request: GET /posts/:id`, or only what it was.
    private static func activity(_ crash: CrashReport) -> String {
        let place = [crash.method, crash.route].compactMap { $0 }.joined(separator: " ")
        return crash.what.rawValue + (place.isEmpty ? "" : ": " + place)
    }

    /// Three columns: the number with the mark of the app's own, the function and where it is.
    private static func frames(_ frames: [CrashReport.Frame]) -> [String] {
        let digits = frames.map { String($0.index).count }.max() ?? 1
        let names = frames.map { $0.function ?? "?" }
        let width = min(names.map(\.count).max() ?? 0, 60)
        return zip(frames, names).map { frame, name in
            let index = String(repeating: " ", count: digits - String(frame.index).count) + "\(frame.index)"
            let padding = String(repeating: " ", count: max(0, width - name.count))
            return "  \(frame.isOwn ? ">" : " ") \(index)  \(name)\(padding)  \(place(frame))"
        }
    }

    /// `Posts.swift:12`, or the module with the offset in it.
    private static func place(_ frame: CrashReport.Frame) -> String {
        guard let file = frame.file else { return "\(frame.module) + \(frame.offset)" }
        return "\(file)\(frame.line.map { ":\($0)" } ?? "")  in \(frame.module)"
    }
}
