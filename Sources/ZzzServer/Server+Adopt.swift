import ZzzIO

extension Server {
    /// Serves a stream socket that is connected already, as if it had been accepted here.
    /// - Parameters:
    ///   - fd: does not block, and belongs to the server from here on.
    ///   - peer: what its requests have as their other end.
    public func adopt(_ fd: Int32, peer: SocketAddress, _ transport: Transport = Transport()) {
        connectionBegan()
        post(to: openConnections % loopCount) { slot in slot.worker.accept(fd: fd, peer: peer, transport) }
    }
}
