import Glibc
import ZzzJSON

/// Validates an app's file in a throwaway process: a trap, an abort or an endless loop in it costs nothing.
///
/// The process is the daemon's own binary, so that what passes there passes here. It loads the file, calls
/// zzz_app_entry, create and enroll, and reports; see `ProbeWorker`.
public struct Probe: Sendable {
    /// How a probe validates, for a deployer: a test can put something else in its place.
    typealias Function = @Sendable (ProbeRequest) throws(AppError) -> ProbeReport

    /// The program to run.
    public let program: String
    /// Its arguments, without its own name and the file.
    public let arguments: [String]
    /// How long create and enroll may take together.
    public let deadline: Duration
    /// The longest report, in bytes.
    public let reportLimitBytes: Int

    /// - Parameters:
    ///   - program: the daemon's binary. The default is what this process runs, also when its file has been replaced.
    ///   - arguments: what makes the program call `ProbeWorker.runIfAsked`.
    public init(
        program: String = "/proc/self/exe", arguments: [String] = ["--probe"], deadline: Duration = .seconds(10),
        reportLimitBytes: Int = 16 << 20
    ) {
        self.program = program
        self.arguments = arguments
        self.deadline = deadline
        self.reportLimitBytes = reportLimitBytes
    }

    /// Blocks until the process has ended, at most a little longer than the deadline.
    ///
    /// - Throws: `AppError` about the request's app and file, when the file would not load.
    func run(_ request: ProbeRequest) throws(AppError) -> ProbeReport {
        do throws(AppError) {
            return try validated(request)
        } catch {
            throw error.about(app: request.app, file: request.file)
        }
    }

    private func validated(_ request: ProbeRequest) throws(AppError) -> ProbeReport {
        let input: [UInt8]
        do {
            input = try JSONBytesEncoder().encode(request)
        } catch {
            throw AppError(
                reason: "its settings hold a number that JSON cannot express",
                remedy: "replace nan and inf in the settings")
        }
        let outcome: ThrowawayProcess.Outcome
        do throws(SystemError) {
            let process = try ThrowawayProcess(
                program: program, arguments: arguments + [request.file],
                environment: ["\(ProbeWorker.environmentKey)=\(ThrowawayProcess.reportDescriptor)"], input: input)
            outcome = process.run(deadline: deadline, reportLimitBytes: reportLimitBytes)
        } catch {
            throw AppError(
                .environment, reason: "cannot be validated: \(error)",
                remedy: "check that the daemon may start processes")
        }
        return try judge(outcome)
    }

    private func judge(_ outcome: ThrowawayProcess.Outcome) throws(AppError) -> ProbeReport {
        let (step, text) = Self.split(outcome.report)
        let said = outcome.lastOutput.isEmpty ? "" : ": " + outcome.lastOutput
        let place = step?.place ?? "the daemon's own start"
        switch outcome.end {
        case .deadline:
            throw AppError(
                reason: "still loading after \(deadline): endless loop in \(place)?\(said)",
                remedy: "return from \(place) at once; open files and connections in start")
        case .reportTooLong:
            throw AppError(
                reason: "its report is longer than \(reportLimitBytes) bytes", remedy: "register fewer routes")
        case .signal(let signal):
            throw AppError(
                reason: "trapped while loading (\(SignalName.of(signal)) in \(place))\(said)",
                remedy: "correct what the app does in \(place)")
        case .exit(let code):
            // `try?`: a process that left no whole report ended in the app's code.
            guard let report = try? JSONBytesDecoder().decode(ProbeReport.self, from: text) else {
                throw AppError(
                    reason: "ended the process with exit(\(code)) in \(place)\(said)",
                    remedy: "return an error instead of calling exit")
            }
            guard report.loadable else {
                throw AppError(
                    reason: report.error?.message ?? "refused without a reason",
                    remedy: report.error?.remedy ?? "look into the daemon's log")
            }
            return report
        }
    }

    /// The report proper, and the last step that was begun: lines "step create" come before it.
    private static func split(_ report: [UInt8]) -> (step: LoadStep?, text: [UInt8]) {
        var step: LoadStep?
        var rest = report[...]
        while rest.starts(with: ProbeWorker.stepPrefix.utf8), let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let name = rest[..<end].dropFirst(ProbeWorker.stepPrefix.utf8.count)
            step = LoadStep(rawValue: String(decoding: name, as: UTF8.self)) ?? step
            rest = rest[(end + 1)...]
        }
        return (step, Array(rest))
    }
}
