import Glibc
import ZzzJSON

/// Reads the configuration by running `zzz-config`, which alone links the TOML parser: that imports Foundation, which
/// would nearly double the daemon's memory (docs/decisions/0001-config-reader-process.md).
///
/// It blocks for some tens of milliseconds, so it is not for a loop's thread.
public struct ConfigReader: Sendable {
    /// The main file when none is named.
    public static let defaultFile = "/etc/zzz/zzz.toml"

    /// The path of the `zzz-config` program.
    public var program: String
    /// The main file; nil for `defaultFile`, which may be missing: then everything is a default.
    public var file: String?
    /// How long `zzz-config` may take.
    public var timeout = TimeSpan.seconds(10)
    /// How many bytes of settings or of errors are taken from it.
    public var outputLimit = 4 << 20

    public init(program: String, file: String?) {
        self.program = program
        self.file = file
    }

    /// The path of `zzz-config` for a program in `directory`: in the same directory (a build tree), or in
    /// `../libexec/zzz` (an installation); nil when it is in neither.
    public static func locateProgram(besideDirectory directory: String) -> String? {
        ["\(directory)/zzz-config", "\(directory)/../libexec/zzz/zzz-config"].first { access($0, X_OK) == 0 }
    }

    /// The directory of the running program's own file.
    public static func ownDirectory() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        guard count > 0, count < buffer.count else { return nil }
        let path = String(decoding: buffer[..<count], as: UTF8.self)
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return String(path[..<slash])
    }

    /// A reader whose program stands beside the running program.
    public static func besideThisProgram(file: String?) throws(ConfigFailure) -> ConfigReader {
        guard let directory = ownDirectory(), let program = locateProgram(besideDirectory: directory) else {
            throw ConfigFailure([
                ConfigError(
                    at: nil, "zzz-config is missing: neither beside this program nor in ../libexec/zzz; reinstall Zzz")
            ])
        }
        return ConfigReader(program: program, file: file)
    }

    /// Reads and checks the files as they are now.
    public func read() throws(ConfigFailure) -> Settings {
        let arguments = file.map { ["--config", $0] } ?? []
        let run: ProgramRun
        do {
            run = try ProgramRun.run(program, arguments, outputLimit: outputLimit, timeout: timeout)
        } catch {
            throw ConfigFailure([ConfigError(at: nil, "\(program): \(error)")])
        }
        guard run.status == 0 else { throw failure(of: run) }
        do {
            return try JSONBytesDecoder().decode(Settings.self, from: run.output)
        } catch {
            throw ConfigFailure([
                ConfigError(at: nil, "\(program) does not fit this program (\(error)); reinstall Zzz")
            ])
        }
    }

    private func failure(of run: ProgramRun) -> ConfigFailure {
        let lines = String(decoding: run.errorOutput, as: UTF8.self).split(separator: "\n")
        guard run.status == 1, !lines.isEmpty else {
            let said = lines.first.map { ": \($0)" } ?? ""
            return ConfigFailure([ConfigError(at: nil, "\(program) ended with status \(run.status)\(said)")])
        }
        return ConfigFailure(lines.map { ConfigError(line: String($0)) })
    }
}
