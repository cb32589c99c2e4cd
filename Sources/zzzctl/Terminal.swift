import CLinux
import Glibc

/// The terminal while `top` has it: another screen, no echo, keys at once. Whatever ends the program, but SIGKILL and
/// a fault of its own, gives it back as it was.
///
/// The signals that end or stop a program come through a descriptor, so that there is one place to wait and no code
/// runs between two lines of another one's.
final class Terminal {
    enum Event: Equatable {
        case key(UInt8)
        /// The window has another size, or the program goes on after a stop: everything is to be drawn again.
        case redraw
        case ended(signal: Int32)
        case timeout
    }

    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGCONT]

    private var saved = termios()
    private var oldMask = sigset_t()
    private let signalDescriptor: Int32
    private let readsKeys: Bool
    private var isRaw = false

    /// nil when standard output is no terminal.
    init?() {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in Self.signals { sigaddset(&mask, signal) }
        sigprocmask(SIG_BLOCK, &mask, &oldMask)
        signalDescriptor = signalfd(-1, &mask, Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC))
        readsKeys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &saved) == 0
        enter()
    }

    deinit { restore() }

    /// Rows and columns; 24 and 80 when the terminal does not say.
    var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Waits for a key or a signal until the deadline, in milliseconds.
    func wait(milliseconds: Int) -> Event {
        var waiting = [
            pollfd(fd: signalDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: readsKeys ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&waiting, 2, Int32(clamping: max(0, milliseconds))) > 0 else { return .timeout }
        if waiting[0].revents != 0, let signal = nextSignal() { return received(signal) }
        guard waiting[1].revents != 0 else { return .timeout }
        var key: UInt8 = 0
        // A terminal that has gone away reads as its end.
        return read(STDIN_FILENO, &key, 1) == 1 ? .key(key) : .ended(signal: SIGHUP)
    }

    /// Draws lines from the top left corner, cut to the screen; nothing scrolls.
    func draw(_ lines: [String]) {
        var frame = "\u{1B}[H"
        for (index, line) in lines.prefix(size.rows).enumerated() {
            frame += (index > 0 ? "\r\n" : "") + line + "\u{1B}[K"
        }
        Output.write(frame + "\u{1B}[J")
    }

    /// Gives the terminal back. May be called more than once.
    func restore() {
        guard isRaw else { return }
        isRaw = false
        Output.write("\u{1B}[?25h\u{1B}[?1049l")
        if readsKeys { tcsetattr(STDIN_FILENO, TCSADRAIN, &saved) }
    }

    /// Ends the program as the signal would have, so that a shell sees what it was.
    func end(by signal: Int32) {
        restore()
        sigprocmask(SIG_SETMASK, &oldMask, nil)
        Glibc.signal(signal, SIG_DFL)
        raise(signal)
    }

    // MARK: Parts

    private func enter() {
        isRaw = true
        if readsKeys {
            var raw = saved
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        }
        // The other screen, and no cursor (xterm's control sequences).
        Output.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    private func nextSignal() -> Int32? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        return read(signalDescriptor, &info, size) == size ? Int32(info.ssi_signo) : nil
    }

    private func received(_ signal: Int32) -> Event {
        switch signal {
        case SIGWINCH, SIGCONT: return .redraw
        case SIGTSTP:
            // The shell gets its screen; this one comes back with the program.
            restore()
            raise(SIGSTOP)
            enter()
            return .redraw
        default: return .ended(signal: signal)
        }
    }
}
