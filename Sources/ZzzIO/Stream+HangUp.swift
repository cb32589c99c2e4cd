import Glibc

extension Stream {
    /// Whether the connection is down in both directions: nobody reads any more at the other end. Over TCP that shows
    /// only once this side has ended its output too, over a unix socket as soon as the peer has closed (poll(2)).
    public final var isHungUp: Bool {
        var entry = pollfd(fd: fd, events: 0, revents: 0)
        return poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLHUP) != 0
    }
}
