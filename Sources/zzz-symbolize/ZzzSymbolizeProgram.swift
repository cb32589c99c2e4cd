import Glibc
import ZzzJSON

/// `zzz-symbolize [--output DESCRIPTOR]`: reads a `SymbolQuery` as JSON and writes a `SymbolReply`.
@main
enum ZzzSymbolizeProgram {
    private static let usage = """
        usage: zzz-symbolize [--output DESCRIPTOR]

        Reads a question about addresses as JSON from standard input, and writes the functions, files and lines as JSON.

        """

    /// The longest question, in bytes.
    private static let inputLimitBytes = 4 << 20

    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    /// The exit status: 0 success, 1 a question that is none, 2 wrong usage.
    private static func run(_ arguments: [String]) -> Int32 {
        var output = STDOUT_FILENO
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--output":
                guard let descriptor = rest.popFirst().flatMap({ Int32($0) }) else {
                    return fail("--output needs a descriptor's number\n" + usage, status: 2)
                }
                output = descriptor
            case "--help", "-h":
                write(Array(usage.utf8), to: STDOUT_FILENO)
                return 0
            default: return fail("unknown argument \(argument)\n" + usage, status: 2)
            }
        }
        limit()
        do {
            let query = try JSONBytesDecoder().decode(SymbolQuery.self, from: input())
            write(try JSONBytesEncoder().encode(answer(query)), to: output)
            return 0
        } catch {
            return fail("\(error)\n", status: 1)
        }
    }

    static func answer(_ query: SymbolQuery) -> SymbolReply {
        var frames = [[SourceLocation]](repeating: [], count: query.frames.count)
        // One image after the other, so that only one is in memory at a time.
        for (number, image) in query.images.enumerated() {
            let wanted = query.frames.indices.filter { query.frames[$0].image == number }
            guard !wanted.isEmpty, let image = DebugImage(path: image.path) else { continue }
            for index in wanted {
                let frame = query.frames[index]
                frames[index] = image.locations(at: frame.isReturnAddress ? frame.offset &- 1 : frame.offset)
            }
        }
        return SymbolReply(frames: frames)
    }

    /// A damaged file may make libdw ask for any amount of memory; and nobody wants this program's core.
    private static func limit() {
        var space = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space)
        var core = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core)
        // Debug information comes from this machine, never from a server on the network.
        unsetenv("DEBUGINFOD_URLS")
    }

    private static func input() -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < inputLimitBytes {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count > 0 { bytes += piece[..<count] } else if count == 0 || errno != EINTR { break }
        }
        return bytes
    }

    private static func fail(_ message: String, status: Int32) -> Int32 {
        write(Array("zzz-symbolize: \(message)".utf8), to: STDERR_FILENO)
        return status
    }

    private static func write(_ bytes: [UInt8], to file: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { written += count } else if errno != EINTR { return }
        }
    }
}
