import Synchronization
import ZzzIO
import ZzzTLS

/// A place where the server accepts connections: made by `Server.listen`, ended by `Server.unlisten`.
public final class Listening: Sendable {
    /// With the port that the kernel chose.
    public let address: SocketAddress
    /// The acceptor of each loop, which is touched on that loop only.
    let acceptors = Mutex<[(loop: Int, acceptor: LoopConfined<Acceptor>)]>([])
    /// For each loop, what is spoken on the connections that it accepts; touched on that loop only.
    let transports: [LoopConfined<Transport>]
    private let acceptedCount = Atomic<UInt64>(0)

    /// What is spoken below HTTP, and who answers.
    final class Transport {
        /// nil for plain TCP.
        @exclusivity(unchecked) var tls: TLSContext?
        /// What answers here in place of what was published.
        let table: SiteTable?
        /// TLS has ended before the bytes came here.
        let isSecure: Bool

        init(_ tls: TLSContext?, table: SiteTable? = nil, isSecure: Bool = false) {
            self.tls = tls
            self.table = table
            self.isSecure = isSecure
        }
    }

    init(address: SocketAddress, loops: Int, transport: () -> Transport) {
        self.address = address
        transports = (0..<loops).map { _ in LoopConfined(transport()) }
    }

    /// Connections accepted here.
    public var accepted: UInt64 { acceptedCount.load(ordering: .relaxed) }

    func count() {
        acceptedCount.add(1, ordering: .relaxed)
    }
}
