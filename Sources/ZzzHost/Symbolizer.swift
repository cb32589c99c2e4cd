import Glibc
import Synchronization
import ZzzConfig
import ZzzJSON

/// Turns addresses into functions, files and lines, by running `zzz-symbolize`, which alone links libdw
/// (docs/decisions/0007-symbolizer-process.md).
///
/// It blocks for some tens of milliseconds when it is asked about code that it has not seen, so it is not for a loop's
/// thread. It remembers what it was told, by the image's contents: a fault that comes again and again, also in fresh
/// copies of the app, starts one process.
public struct Symbolizer: Sendable {
    /// The path of `zzz-symbolize`; nil when it is missing.
    let program: String?
    /// How long it may take.
    let deadline: Duration
    /// The longest reply, in bytes.
    let replyLimitBytes: Int
    /// For how long nothing is asked after a failure, so that a damaged image does not cost a process for each crash.
    let pauseAfterFailure: Duration
    private let memory: SymbolMemory

    public init(
        program: String? = Symbolizer.besideThisProgram(), deadline: Duration = .seconds(5),
        replyLimitBytes: Int = 4 << 20, pauseAfterFailure: Duration = .seconds(10), memoryLimit: Int = 4096
    ) {
        self.program = program
        self.deadline = deadline
        self.replyLimitBytes = replyLimitBytes
        self.pauseAfterFailure = pauseAfterFailure
        memory = SymbolMemory(limit: memoryLimit)
    }

    /// The program that is installed with this one: in the same directory (a build tree), or in `../libexec/zzz`.
    public static func besideThisProgram() -> String? {
        guard let directory = ConfigReader.ownDirectory() else { return nil }
        return ["\(directory)/zzz-symbolize", "\(directory)/../libexec/zzz/zzz-symbolize"]
            .first { access($0, X_OK) == 0 }
    }

    /// The frames in the same order, each with what is known of it: nothing but the address when the helper is missing,
    /// fails, or is not asked since it has just failed.
    public func symbolize(_ frames: [FrameAddress]) -> [SymbolizedFrame] {
        var contents: [String: ImageContent] = [:]
        for frame in frames where contents[frame.image] == nil {
            contents[frame.image] = ImageContent(path: frame.image)
        }
        let keys = frames.map { frame in contents[frame.image].map { SymbolMemory.Key($0, frame) } }
        var unknown: [SymbolMemory.Key: FrameAddress] = [:]
        for case (let key?, let frame) in zip(keys, frames) where memory.locations(key) == nil { unknown[key] = frame }
        if !unknown.isEmpty { ask(unknown) }
        return zip(keys, frames).map { key, frame in
            SymbolizedFrame(address: frame, locations: key.flatMap(memory.locations) ?? [])
        }
    }

    /// Asks the helper, and remembers the answer.
    private func ask(_ unknown: [SymbolMemory.Key: FrameAddress]) {
        guard let program, !memory.isPaused(at: .now) else { return }
        let keys = Array(unknown.keys)
        let query = SymbolQuery(keys.compactMap { unknown[$0] })
        guard let reply = reply(of: program, to: query), reply.frames.count == keys.count else {
            return memory.pause(until: .now + pauseAfterFailure)
        }
        for (key, locations) in zip(keys, reply.frames) { memory.remember(locations, for: key) }
    }

    private func reply(of program: String, to query: SymbolQuery) -> SymbolReply? {
        // `try?`: a report without symbols is better than none, and what went wrong here is not the administrator's.
        guard let input = try? JSONBytesEncoder().encode(query),
            let process = try? ThrowawayProcess(
                program: program, arguments: ["--output", "\(ThrowawayProcess.reportDescriptor)"], environment: [],
                input: input)
        else { return nil }
        let outcome = process.run(deadline: deadline, reportLimitBytes: replyLimitBytes)
        guard outcome.end == .exit(0) else { return nil }
        return try? JSONBytesDecoder().decode(SymbolReply.self, from: outcome.report)
    }
}

/// What `zzz-symbolize` reads; its README tells what it means.
private struct SymbolQuery: Encodable {
    struct Image: Encodable {
        var path: String
        var label: String
    }

    struct Frame: Encodable {
        var image: Int
        var offset: UInt64
        var isReturnAddress: Bool
    }

    private(set) var images: [Image] = []
    private(set) var frames: [Frame] = []

    init(_ addresses: [FrameAddress]) {
        var numbers: [String: Int] = [:]
        for address in addresses {
            let number = numbers[address.image] ?? images.count
            if number == images.count {
                numbers[address.image] = number
                images.append(Image(path: Self.pathForOthers(address.image), label: address.label))
            }
            frames.append(Frame(image: number, offset: address.offset, isReturnAddress: address.isReturnAddress))
        }
    }

    /// "/proc/self/exe" is another file in the helper.
    private static func pathForOthers(_ path: String) -> String {
        let own = "/proc/self/"
        return path.hasPrefix(own) ? "/proc/\(getpid())/\(path.dropFirst(own.count))" : path
    }
}

/// What it writes.
private struct SymbolReply: Decodable {
    var frames: [[SymbolizedFrame.Location]]
}
