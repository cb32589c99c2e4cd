import Synchronization
import ZzzIO

/// A place where the server accepts connections: made by `Server.listen`, ended by `Server.unlisten`.
public final class Listening: Sendable {
    /// With the port that the kernel chose.
    public let address: SocketAddress
    /// The acceptor of each loop, which is touched on that loop only.
    let acceptors = Mutex<[(loop: Int, acceptor: LoopConfined<Acceptor>)]>([])
    /// For each loop, what is spoken on the connections that it accepts; touched on that loop only.
    let transports: [LoopConfined<TransportBox>]
    private let acceptedCount = Atomic<UInt64>(0)

    final class TransportBox {
        @exclusivity(unchecked) var transport: Transport
        init(_ transport: Transport) { self.transport = transport }
    }

    init(address: SocketAddress, loops: Int, _ transport: Transport) {
        self.address = address
        transports = (0..<loops).map { _ in LoopConfined(TransportBox(transport)) }
    }

    /// Connections accepted here.
    public var accepted: UInt64 { acceptedCount.load(ordering: .relaxed) }

    func count() {
        acceptedCount.add(1, ordering: .relaxed)
    }
}
