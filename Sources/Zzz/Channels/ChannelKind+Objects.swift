// Kinds of channels that know the type of their objects.
import ZzzAppABI
import ZzzJSON

/// What kinds of ``Channel`` and of ``AsyncChannel`` have in common.
class TypedChannelKind<Object: ChannelBase>: ChannelKind, @unchecked Sendable {
    init(_ settings: ChannelSettings, _ host: Host, _ api: ChannelTable) {
        super.init(settings, socketName: Object.Socket.stateName, objectType: Object.self, host, api)
    }

    // MARK: Joining

    /// A join is a task also for a synchronous channel, since its init may be async: one that awaits nothing is over
    /// when the host's call returns.
    override final func join(_ channel: JoinedChannel, _ event: ChannelJoinEvent) -> zzz_status {
        ChannelTask.run(channel) { await self.joinNow(channel, event) }
    }

    private func joinNow(_ channel: JoinedChannel, _ event: ChannelJoinEvent) async -> zzz_status {
        do {
            let socket = try Object.Socket(stateBytes: event.socketState)
            let join = Join(event, socket: socket, channel, pattern: settings.pattern)
            let object = try await make(join, event.moved)
            return await admit(object, join)
        } catch {
            return refuse(channel, error)
        }
    }

    private func make(_ join: Join<Object.Socket>, _ moved: MovedState?) async throws -> Object {
        guard let moved, let type = Object.self as? any MovableChannel.Type else { return try await Object(join) }
        guard let object = try await Self.resume(type, join, moved, settings.source) as? Object else {
            return try await Object(join)
        }
        return object
    }

    /// Nil when the state is not to be had.
    private static func resume<Movable: MovableChannel>(
        _ type: Movable.Type, _ join: Join<Object.Socket>, _ moved: MovedState, _ source: String
    ) async throws -> Movable? {
        guard let own = join as? Join<Movable.Socket> else { return nil }
        do {
            guard let state = try Movable.read(moved) else { return nil }
            return try await Movable(own, continuing: state)
        } catch let error as DecodingError {
            join.channel.log.warning("\(source): the state of a channel that moved cannot be read: \(error)")
            return nil
        }
    }

    private func admit(_ object: Object, _ join: Join<Object.Socket>) async -> zzz_status {
        let retained = Unmanaged.passRetained(object)
        let status = join.response.withBytes {
            api.pointee.join(join.channel.handle, HostStatus.ok, $0, retained.toOpaque(), nil)
        }
        guard status >= 0 else {
            // The client has gone meanwhile.
            retained.release()
            return HostStatus.ok
        }
        guard !join.isMoved else { return HostStatus.ok }
        do {
            try await object.joined(join)
            return HostStatus.ok
        } catch {
            return failed(error, join.channel, in: "joined", ref: .empty)
        }
    }

    // MARK: Moving

    override final func handOver(_ object: UnsafeMutableRawPointer, _ channel: JoinedChannel) -> zzz_status {
        let object = Unmanaged<Object>.fromOpaque(object).takeUnretainedValue()
        guard let movable = object as? any MovableChannel else { return HostStatus.ok }
        do {
            try give(movable, channel)
        } catch {
            channel.log.warning("\(settings.source): handOver: \(error)")
        }
        return HostStatus.ok
    }

    private func give<Movable: MovableChannel>(_ object: Movable, _ channel: JoinedChannel) throws {
        try JSONBytesEncoder().withEncoded(object.handOver()) { state in
            _ = try hostCall("hand_over") {
                api.pointee.hand_over(channel.handle, UInt32(clamping: Movable.stateVersion), zzz_bytes(state), $0)
            }
        }
    }
}

/// Calls synchronous channels, inside the host's call.
final class SyncChannelKind<Object: Channel>: TypedChannelKind<Object>, @unchecked Sendable {
    override func message(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status {
        Unmanaged<Object>.fromOpaque(object)._withUnsafeGuaranteedRef { object in
            do {
                try object.handleIn(ChannelMessage(event.pointee, channel), on: channel)
                return HostStatus.ok
            } catch {
                return failed(error, channel, in: "handleIn", ref: event.pointee.ref)
            }
        }
    }

    override func broadcast(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status {
        Unmanaged<Object>.fromOpaque(object)._withUnsafeGuaranteedRef { object in
            do {
                try object.handleOut(TopicMessage(event.pointee), on: channel)
                return HostStatus.ok
            } catch {
                return failed(error, channel, in: "handleOut", ref: .empty)
            }
        }
    }

    override func info(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ event: UnsafePointer<zzz_channel_event>
    ) -> zzz_status {
        Unmanaged<Object>.fromOpaque(object)._withUnsafeGuaranteedRef { object in
            do {
                try object.handleInfo(TopicMessage(event.pointee), on: channel)
                return HostStatus.ok
            } catch {
                return failed(error, channel, in: "handleInfo", ref: .empty)
            }
        }
    }

    override func terminate(
        _ object: UnsafeMutableRawPointer, _ channel: JoinedChannel, _ reason: TerminateReason?
    ) -> zzz_status {
        let object = Unmanaged<Object>.fromOpaque(object).takeRetainedValue()
        if let reason { object.terminate(reason, on: channel) }
        return HostStatus.ok
    }
}
