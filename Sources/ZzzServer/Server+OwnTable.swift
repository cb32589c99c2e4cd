import ZzzIO
import ZzzTLS

/// Connections that are answered from a table of their own, beside what was published: so apps that claim the same
/// place can run side by side, as a testing kit needs it.
///
/// A table's sites must live until `stop`: unlike those that were published, they are not kept for what is in flight.
extension Server {
    /// - Parameter isSecure: the requests count as having come over TLS, which has ended before the bytes come here.
    public func listen(
        _ listeners: [Listener], answering table: SiteTable, isSecure: Bool = false
    ) throws(SystemError) -> Listening {
        try listen(listeners) { Listening.Transport(nil, table: table, isSecure: isSecure) }
    }

    /// Serves a stream socket that is connected already, on one of the loops.
    /// - Parameters:
    ///   - fd: does not block, and belongs to the server from here on.
    ///   - peer: what the requests have as their other end.
    public func adopt(_ fd: Int32, peer: SocketAddress, answering table: SiteTable, isSecure: Bool = false) {
        connectionBegan()
        let index = openConnections % loopCount
        post(to: index) { slot in
            slot.worker.accept(
                fd: fd, peer: peer, transport: Listening.Transport(nil, table: table, isSecure: isSecure))
        }
    }
}
