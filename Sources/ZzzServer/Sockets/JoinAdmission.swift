import ZzzIO

/// How many joins of a loop its apps are asked for in a second: when a daemon has started anew, all clients come at
/// once. The others wait in the order in which they came.
struct JoinAdmission {
    private var waiting: [Channel] = []
    private var start = 0
    private var rate = MessageRate()
    private var timer: TimerID?

    var count: Int { waiting.count - start }

    /// Has the app asked, now or later.
    /// - Returns: false when another thread has taken the loop over meanwhile.
    @inline(__always)
    static func admit(_ channel: Channel) -> Bool {
        let hub = channel.hub
        let limit = hub.worker.limits.joinsPerSecond
        if limit == 0 { return channel.callJoin(isMoved: false) }
        if hub.admission.count == 0,
            hub.admission.rate.take(rate: limit, nowMilliseconds: hub.worker.loop.nowMilliseconds)
        {
            return channel.callJoin(isMoved: false)
        }
        hub.admission.wait(channel)
        return true
    }

    private mutating func wait(_ channel: Channel) {
        waiting.append(channel)
        guard timer == nil else { return }
        timer = channel.hub.worker.loop.addTimer(
            after: 20_000_000, repeating: 20_000_000,
            { _, context, _ in
                guard let context else { return }
                Unmanaged<SocketHub>.fromOpaque(context)._withUnsafeGuaranteedRef { JoinAdmission.goOn($0) }
            }, Unmanaged.passUnretained(channel.hub).toOpaque())
    }

    private static func goOn(_ hub: SocketHub) {
        while hub.admission.count > 0 {
            guard
                hub.admission.rate.take(
                    rate: hub.worker.limits.joinsPerSecond, nowMilliseconds: hub.worker.loop.nowMilliseconds)
            else { return }
            let channel = hub.admission.next()
            guard channel.state != .ended else { continue }
            guard channel.callJoin(isMoved: false) else { return }
        }
        if let timer = hub.admission.timer { hub.worker.loop.cancelTimer(timer) }
        hub.admission.timer = nil
    }

    private mutating func next() -> Channel {
        let channel = waiting[start]
        start += 1
        if start == waiting.count {
            waiting = []
            start = 0
        }
        return channel
    }
}
