import Glibc
import Logging
import Synchronization
import ZzzConfig
import ZzzControl

/// The control socket: a thread that accepts, and one for each connection, since commands may take as long as an app
/// takes to load. Few people run zzzctl at once.
final class ControlServer: Sendable {
    /// The most connections at once; more are closed at once.
    private static let maximumConnections = 16
    /// How long a connection may be silent, in seconds.
    private static let idleSeconds = 300

    private struct State {
        var descriptor: Int32 = -1
        var path = ""
        var connections = 0
    }

    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    func start(_ daemon: Daemon, _ settings: ControlSettings) throws(StartFailure) {
        var group: UInt32?
        if let name = settings.group {
            group = ControlSocket.groupID(name)
            guard group != nil else { throw StartFailure("control.group: there is no group \(name)") }
        }
        let descriptor: Int32
        do throws(ControlErrno) {
            descriptor = try ControlSocket.listen(path: settings.socket, mode: settings.mode, group: group)
        } catch {
            throw StartFailure("\(error)")
        }
        state.withLock {
            $0.descriptor = descriptor
            $0.path = settings.socket
        }
        let dispatcher = ControlDispatcher(service: daemon, access: ControlAccess(group: group))
        let hasStarted = Background.run("control") { [self] in accept(on: descriptor, dispatcher) }
        guard hasStarted else { throw StartFailure("no thread for the control socket") }
    }

    /// Removes the socket. Connections end with the process.
    func stop() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            unlink(state.path)
            // The accepting thread wakes from poll(2) with POLLHUP or an error, and ends.
            shutdown(state.descriptor, Int32(SHUT_RDWR))
            state.descriptor = -1
        }
    }

    private func accept(on descriptor: Int32, _ dispatcher: ControlDispatcher<Daemon>) {
        defer { close(descriptor) }
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, -1) >= 0 || errno == EINTR else { return }
            guard state.withLock({ $0.descriptor }) == descriptor else { return }
            let connection = Glibc.accept(descriptor, nil, nil)
            guard connection >= 0 else {
                if errno == EMFILE || errno == ENFILE { Pause.milliseconds(100) }
                continue
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let isWelcome = state.withLock { state in
                guard state.connections < Self.maximumConnections else { return false }
                state.connections += 1
                return true
            }
            guard isWelcome else {
                close(connection)
                continue
            }
            let hasStarted = Background.run("control peer") { [self] in
                serve(connection, dispatcher)
                close(connection)
                state.withLock { $0.connections -= 1 }
            }
            if !hasStarted {
                close(connection)
                state.withLock { $0.connections -= 1 }
            }
        }
    }

    /// Answers request lines, one after the other, until the peer ends.
    private func serve(_ connection: Int32, _ dispatcher: ControlDispatcher<Daemon>) {
        let peer: PeerCredentials
        do throws(ControlErrno) {
            peer = try PeerCredentials.ofPeer(socket: connection)
        } catch {
            logger.warning("a control connection without credentials: \(error)")
            return
        }
        var timeout = timeval(tv_sec: Self.idleSeconds, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var framer = LineFramer()
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(connection, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            framer.append(buffer[..<count])
            do throws(LineFramer.TooLong) {
                while let line = try framer.next() {
                    guard send(dispatcher.respond(to: line, from: peer), to: connection) else { return }
                }
            } catch {
                let refusal = ControlError(.badRequest, "a line of more than \(error.limit) bytes")
                _ = send(ControlResponse.line(id: nil, error: refusal), to: connection)
                return
            }
        }
    }

    private func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(connection, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
