import Synchronization
import ZzzAppABI

/// One event of a channel that is handled by async code: the executor of its task.
///
/// The first piece runs inside the host's call. When it has not ended by then, the host is told to wait, and is told
/// of the end by `done`.
final class ChannelTask: LoopExecutor, @unchecked Sendable {
    private struct State {
        var outcome: zzz_status?
        var hostWaits = false
    }
    private let state = Mutex(State())
    private let channel: JoinedChannel

    private init(_ channel: JoinedChannel) {
        self.channel = channel
        super.init(channel.kind.host, nil, loop: channel.kind.host.loop?.pointee.current())
    }

    /// What the host's callback returns.
    static func run(_ channel: JoinedChannel, _ body: @escaping @Sendable () async -> zzz_status) -> zzz_status {
        let task = ChannelTask(channel)
        task.runInline {
            _ = Task.detached(executorPreference: task) { task.finish(await body()) }
        }
        return task.state.withLock { state in
            state.hostWaits = state.outcome == nil
            return state.outcome ?? HostStatus.wait
        }
    }

    private func finish(_ outcome: zzz_status) {
        let hostWaits = state.withLock { state in
            state.outcome = outcome
            return state.hostWaits
        }
        // It may have ended meanwhile: nothing is left to do then.
        if hostWaits { _ = channel.kind.api.pointee.done(channel.handle, outcome) }
    }
}
