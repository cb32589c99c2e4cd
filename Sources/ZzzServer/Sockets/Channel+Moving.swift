import ZzzAppABI
import ZzzChannels

/// From one generation of an app to the next: the client does not notice.
///
/// The event that the old generation has is its last; then it hands its state over and is told that it is replaced, the
/// new one joins, and gets what came meanwhile, in order.
extension Channel {
    /// The socket's site has been replaced.
    func move() {
        guard state != .ended, !isMoving else { return }
        guard isKnown else { return moveUnknown() }
        isMoving = true
        if queue == nil { queue = PendingEvents() }
        queue?.prepend([
            PendingEvent(kind: .handOver), PendingEvent(kind: .terminate(ZZZ_CHANNEL_REPLACED)),
            PendingEvent(kind: .rejoin),
        ])
        schedule()
    }

    /// The app has not heard of it yet.
    private func moveUnknown() {
        guard let next = socket.site, let place = socket.definition(for: topicName) else {
            return fail("the app does not serve this topic any more")
        }
        hub.rename(self, site: next)
        definition = Int32(place)
    }

    /// - Returns: false when another thread has taken the loop over meanwhile.
    func rejoin() -> Bool {
        isMoving = false
        guard state != .ended else { return true }
        guard let next = socket.site, let place = socket.definition(for: topicName) else {
            fail("the app does not serve this topic any more")
            return true
        }
        hub.rename(self, site: next)
        definition = Int32(place)
        user = nil
        let wasJoined = state == .joined
        state = .joining
        hub.statistics.moved &+= 1
        return callJoin(isMoved: wasJoined)
    }
}

extension SocketHub {
    /// The channel is another generation's from now on, and what the old one knows it by is dead.
    func rename(_ channel: Channel, site: Unmanaged<Site>) {
        let old = channel.handle
        unlist(channel)
        channel.site = site
        // There is room: its slot has just become free.
        _ = list(channel)
        channel.socket.channels.renumber(old.bits, to: channel.handle.bits)
    }

    /// The sites of this loop are other ones.
    func sitesChanged(to table: SiteTable) {
        let sites = Dictionary(table.sites.map { ($0.name, Unmanaged.passUnretained($0)) }) { first, _ in first }
        for socket in sockets.all {
            guard let socket = socket as? ChannelSocket else {
                if let socket = socket as? AppSocket, sites[socket.app] == nil {
                    socket.close(.serviceRestart, "the app is not served any more")
                }
                continue
            }
            let next = sites[socket.app]
            guard socket.site?.toOpaque() != next?.toOpaque() else { continue }
            socket.site = next
            if next == nil { socket.close(.serviceRestart, "the app is not served any more") }
        }
        for channel in channels.all where channel.state != .ended {
            guard let next = channel.socket.site, next.toOpaque() != channel.site.toOpaque() else { continue }
            channel.move()
        }
        for subscription in subscriptions.all {
            let site = sites[subscription.app]
            subscription.isActive = site?._withUnsafeGuaranteedRef { $0.app.pointer } == subscription.generation
        }
    }
}
