import ZzzAppABI
import ZzzChannels

/// One kind of channel of a site: which topics it serves, and the C function that handles its events.
///
/// The function and its context belong to whoever made the site, and live as long as the site's `owner`.
public struct ChannelDefinition: @unchecked Sendable {
    // @unchecked: `user` is only handed back to `callback`.
    public let pattern: TopicPattern
    /// Where it is written, for messages.
    public let source: String
    public let callback: zzz_channel_callback
    public let user: UnsafeMutableRawPointer?
    /// Events that go through the app when they are broadcast.
    public let intercepts: Set<String>
    /// How long an event may take to be handled; nil for the site's request timeout.
    public let timeoutMilliseconds: UInt64?
    /// Messages from one client to one channel in a second; 0: any number.
    public let messagesPerSecond: Int

    public init(
        pattern: TopicPattern, source: String, callback: @escaping zzz_channel_callback,
        user: UnsafeMutableRawPointer?, intercepts: Set<String> = [], timeoutMilliseconds: UInt64? = nil,
        messagesPerSecond: Int = 0
    ) {
        self.pattern = pattern
        self.source = source
        self.callback = callback
        self.user = user
        self.intercepts = intercepts
        self.timeoutMilliseconds = timeoutMilliseconds
        self.messagesPerSecond = messagesPerSecond
    }
}

/// A topic of one app, or one of all of them.
struct TopicName: Hashable, Sendable {
    /// The app's name; empty for a topic of all apps.
    let app: String
    let topic: String
}

/// A topic with somebody on this loop.
final class Topic {
    let name: TopicName
    /// Channels that have joined it.
    private(set) var channels: [Unmanaged<Channel>] = []
    /// Channels that have subscribed to it, and subscriptions of apps.
    private(set) var channelSubscribers: [Unmanaged<Channel>] = []
    private(set) var appSubscribers: [AppSubscription] = []

    init(_ name: TopicName) { self.name = name }

    var isEmpty: Bool { channels.isEmpty && channelSubscribers.isEmpty && appSubscribers.isEmpty }

    func add(_ channel: Channel) {
        channel.placeInTopic = Int32(channels.count)
        channels.append(Unmanaged.passUnretained(channel))
    }

    /// The last one takes its place.
    func remove(_ channel: Channel) {
        let place = Int(channel.placeInTopic)
        guard place >= 0 else { return }
        channel.placeInTopic = -1
        let last = channels.removeLast()
        guard place < channels.count else { return }
        channels[place] = last
        last._withUnsafeGuaranteedRef { $0.placeInTopic = Int32(place) }
    }

    func addSubscriber(_ channel: Channel) { channelSubscribers.append(Unmanaged.passUnretained(channel)) }

    /// One subscription of the channel's; false when it has none.
    func removeSubscriber(_ channel: Channel) -> Bool {
        let own = Unmanaged.passUnretained(channel).toOpaque()
        guard let place = channelSubscribers.firstIndex(where: { $0.toOpaque() == own }) else { return false }
        channelSubscribers.remove(at: place)
        return true
    }

    func add(_ subscription: AppSubscription) { appSubscribers.append(subscription) }

    func remove(_ subscription: AppSubscription) { appSubscribers.removeAll { $0 === subscription } }
}

/// An app's own subscription.
final class AppSubscription {
    let topic: TopicName
    let app: String
    /// The generation's handle.
    let generation: OpaquePointer?
    let callback: zzz_message_callback
    let user: UnsafeMutableRawPointer?
    var handle: Handle?
    /// Its generation is the one that answers requests.
    var isActive: Bool

    init(
        _ topic: TopicName, app: String, generation: OpaquePointer?, callback: @escaping zzz_message_callback,
        user: UnsafeMutableRawPointer?, isActive: Bool
    ) {
        self.topic = topic
        self.app = app
        self.generation = generation
        self.callback = callback
        self.user = user
        self.isActive = isActive
    }
}
