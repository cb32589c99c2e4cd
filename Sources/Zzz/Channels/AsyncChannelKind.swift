import Synchronization
import ZzzAppABI

/// Calls async channels, as tasks on the host's loop.
final class AsyncChannelKind<Object: AsyncChannel>: TypedChannelKind<Object>, @unchecked Sendable {
    /// The objects that a task is with, by address. The host sends a channel nothing before its task has ended, but for
    /// its own end when that takes too long: then the object is told by the task itself, so that only one is with it at
    /// a time.
    private let busy = Mutex<[UInt: TerminateReason?]>([:])

    /// An object on its way into a task.
    private struct Exclusive: @unchecked Sendable {
        // Used by one task at a time: see `busy`.
        let object: Object

        init(_ pointer: UnsafeMutableRawPointer) {
            object = Unmanaged<Object>.fromOpaque(pointer).takeUnretainedValue()
        }
    }

    override func message(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status {
        run(object, channel, event, in: "handleIn") { object, copy in
            try await object.handleIn(ChannelMessage(copy, channel), on: channel)
        }
    }

    override func broadcast(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status {
        run(object, channel, event, in: "handleOut") { object, copy in
            try await object.handleOut(TopicMessage(copy), on: channel)
        }
    }

    override func info(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status {
        run(object, channel, event, in: "handleInfo") { object, copy in
            try await object.handleInfo(TopicMessage(copy), on: channel)
        }
    }

    private func run(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>,
        in place: StaticString, _ body: @escaping @Sendable (Object, ChannelEventCopy) async throws -> Void
    ) -> zzz_status {
        let (exclusive, copy) = (Exclusive(object), ChannelEventCopy(event.pointee))
        let address = UInt(bitPattern: object)
        busy.withLock { $0[address] = .some(nil) }
        return ChannelTask.run(channel) {
            var outcome = HostStatus.ok
            do {
                try await body(exclusive.object, copy)
            } catch {
                outcome = self.failed(error, channel, in: place, ref: zzz_bytes(copy.ref.buffer))
            }
            if let reason = self.endOfTask(address) { await exclusive.object.terminate(reason, on: channel) }
            return outcome
        }
    }

    /// The reason for the channel's end, when that came meanwhile.
    private func endOfTask(_ address: UInt) -> TerminateReason? {
        busy.withLock { $0.removeValue(forKey: address) } ?? nil
    }

    override func terminate(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ reason: TerminateReason?
    ) -> zzz_status {
        let (exclusive, address) = (Exclusive(object), UInt(bitPattern: object))
        Unmanaged<Object>.fromOpaque(object).release()
        guard let reason else { return HostStatus.ok }
        let isBusy = busy.withLock { busy in
            guard busy[address] != nil else { return false }
            busy[address] = reason
            return true
        }
        if isBusy { return HostStatus.ok }
        return ChannelTask.run(channel) {
            await exclusive.object.terminate(reason, on: channel)
            return HostStatus.ok
        }
    }
}
