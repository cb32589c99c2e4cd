/// What an app is called about: a request, a socket or a channel. The number of it is in the call; see `AppCall`.
protocol AppCallee: AnyObject {
    /// The call takes long, and goes on without the loop, which this thread has now.
    func goOnWithout(_ call: StalledCall)
    /// Its time is over.
    func callTookTooLong(_ call: StalledCall)
    /// The app's code has faulted, and the call will never return.
    func abandon() -> AppFault.Outcome
}

extension Worker {
    /// What a call was about, while that has not ended.
    func callee(_ number: UInt64) -> (any AppCallee)? {
        guard number != 0 else { return nil }
        let handle = Handle(OpaquePointer(bitPattern: UInt(number)))
        return switch handle.kind {
        case .request: RequestCalls.find(handle)?.takeUnretainedValue()
        case .socket: hub.sockets[handle] as? AppSocket
        case .channel: hub.channels[handle]
        case .subscription: nil
        }
    }
}
