import Glibc
import ZzzAppABI

/// What an app is given in `create`: the zzz_host of this process.
public struct HostTable: @unchecked Sendable {
    // @unchecked: constant memory that is never freed.

    /// The longest name of an extension that is looked up, in bytes.
    static let maximumNameByteCount = 64

    let pointer: UnsafePointer<zzz_host>

    /// - Parameter version: the daemon's, for apps to show.
    public init(version: String) {
        ExtensionRegistry.add(ZZZ_LOG_EXTENSION, LogExtension.table)
        ExtensionRegistry.add(ZZZ_CONFIG_EXTENSION, ConfigExtension.table)
        ExtensionRegistry.add(ZZZ_HTTP_EXTENSION, HTTPExtension.table)
        ExtensionRegistry.add(ZZZ_LOOP_EXTENSION, LoopExtension.table)
        ExtensionRegistry.add(ZZZ_CRYPTO_EXTENSION, CryptoExtension.table)
        ExtensionRegistry.add(ZZZ_STORE_EXTENSION, StoreExtension.table)
        ExtensionRegistry.add(ZZZ_WEBSOCKET_EXTENSION, WebSocketExtension.table)
        ExtensionRegistry.add(ZZZ_CHANNEL_EXTENSION, ChannelExtension.table)
        ExtensionRegistry.add(ZZZ_PUBSUB_EXTENSION, PubSubExtension.table)
        ExtensionRegistry.add(ZZZ_PRESENCE_EXTENSION, PresenceExtension.table)
        let host = UnsafeMutablePointer<zzz_host>.allocate(capacity: 1)
        host.initialize(
            to: zzz_host(
                size: UInt32(MemoryLayout<zzz_host>.size), abi_major: UInt16(ZZZ_ABI_MAJOR),
                abi_minor: UInt16(ZZZ_ABI_MINOR), version: UnsafePointer(strdup(version)), extension: Self.find))
        pointer = UnsafePointer(host)
    }

    private static let find: @convention(c) (UnsafePointer<CChar>?) -> UnsafeRawPointer? = { name in
        guard let name, strnlen(name, maximumNameByteCount + 1) <= maximumNameByteCount else { return nil }
        return ExtensionRegistry.find(String(cString: name))
    }
}
