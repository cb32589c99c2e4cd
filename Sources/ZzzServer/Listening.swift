import Synchronization
import ZzzIO

/// A place where the server accepts connections: made by `Server.listen`, ended by `Server.unlisten`.
public final class Listening: Sendable {
    /// With the port that the kernel chose.
    public let address: SocketAddress
    /// The acceptor of each loop, which is touched on that loop only.
    let acceptors = Mutex<[(loop: Int, acceptor: LoopConfined<Acceptor>)]>([])
    private let acceptedCount = Atomic<UInt64>(0)

    init(address: SocketAddress) {
        self.address = address
    }

    /// Connections accepted here.
    public var accepted: UInt64 { acceptedCount.load(ordering: .relaxed) }

    func count() {
        acceptedCount.add(1, ordering: .relaxed)
    }
}
