import ZzzMetrics
import ZzzServer

/// WebSockets and channels, of all apps.
extension MetricsPage {
    mutating func addSockets(_ loops: [SocketFigures]) {
        gauge("zzz_sockets", "WebSockets, and clients that poll, that are open.", loops.reduce(0) { $0 + $1.sockets })
        gauge("zzz_channels", "Channels that are joined.", loops.reduce(0) { $0 + $1.channels })
        for (name, help, path) in Self.socketCounters {
            counter(name, help, loops.reduce(0) { $0 &+ $1.statistics[keyPath: path] })
        }
    }

    private static var socketCounters: [(String, String, KeyPath<SocketStatistics, UInt64>)] {
        [
            ("zzz_sockets_accepted_total", "Sockets that were opened.", \.accepted),
            ("zzz_sockets_closed_total", "Sockets that have ended.", \.closed),
            ("zzz_socket_messages_received_total", "Messages from clients.", \.received),
            ("zzz_socket_messages_sent_total", "Messages to clients, once for each that gets a broadcast.", \.sent),
            ("zzz_socket_messages_dropped_total", "Messages that a slow client did not get.", \.dropped),
            ("zzz_socket_messages_limited_total", "Messages past a limit of messages per second.", \.limited),
            ("zzz_socket_violations_total", "Clients that broke the protocol.", \.violations),
            ("zzz_socket_timeouts_total", "Clients that sent nothing for too long.", \.timeouts),
            ("zzz_socket_too_slow_total", "Clients that were closed because they read too slowly.", \.tooSlow),
            ("zzz_broadcasts_total", "Broadcasts, once for each loop that they came to.", \.broadcasts),
            ("zzz_channel_joins_total", "Joins that clients have asked for.", \.joins),
            ("zzz_channel_joins_refused_total", "Joins that apps have refused.", \.joinsRefused),
            ("zzz_channels_moved_total", "Channels that went on in the next generation of their app.", \.moved),
            ("zzz_channels_failed_total", "Channels that ended with phx_error.", \.failed),
        ]
    }
}
