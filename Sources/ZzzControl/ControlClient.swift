import Glibc

/// Sends commands to the daemon, one at a time, and waits for each answer until a deadline. It owns its socket.
///
/// It blocks: it is for `zzzctl` and tests, not for a loop.
public struct ControlClient: ~Copyable {
    /// The longest response line that is taken, in bytes: a status with thousands of apps is below that.
    public static let responseLimit = 64 << 20

    private let socket: Int32
    private let timeout: Duration
    private var framer = LineFramer(limit: ControlClient.responseLimit)
    private var nextID = 1

    /// Connects to the unix socket at `path`. `timeout` is how long each command may take, connecting included.
    public init(path: String, timeout: Duration) throws(ControlClientError) {
        self.timeout = timeout
        guard let address = UnixAddress(path: path) else {
            throw .unreachable(socket: path, reason: "the path has no, or more than \(UnixAddress.longestPath), bytes")
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .unreachable(socket: path, reason: Self.text(errno)) }
        // A unix connect blocks only while the listener's queue is full; SO_SNDTIMEO bounds that (unix(7)).
        Self.setTimeout(descriptor, SO_SNDTIMEO, timeout)
        guard address.withPointer({ connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            close(descriptor)
            switch code {
            case EACCES, EPERM: throw .forbidden(socket: path)
            case EAGAIN: throw .timedOut(seconds: timeout / .seconds(1))
            default: throw .unreachable(socket: path, reason: Self.text(code))
            }
        }
        socket = descriptor
    }

    deinit {
        close(socket)
    }

    /// Sends one command and waits for its result.
    public mutating func call<Result: Decodable>(
        _ command: ControlCommand, app: String? = nil, as type: Result.Type
    ) throws(ControlClientError) -> Result {
        try call(command, arguments: app.map { ["app": $0] } ?? [:], as: type)
    }

    /// Sends one command with its arguments by name, and waits for its result.
    public mutating func call<Result: Decodable>(
        _ command: ControlCommand, arguments: [String: String], as type: Result.Type
    ) throws(ControlClientError) -> Result {
        let deadline = ContinuousClock.now + timeout
        let request = ControlRequest(id: nextID, command: command, arguments: arguments)
        nextID += 1
        let line: [UInt8]
        do {
            line = try request.line
        } catch {
            throw .notAResponse("the request cannot be written: \(error)")
        }
        // A daemon that refuses may answer and close before it has read the request.
        let sendError = send(line, until: deadline)
        do throws(ControlClientError) {
            let (id, result) = try ControlResponse.result(type, of: try receiveLine(until: deadline))
            guard id == request.id else { throw .notAResponse("its id is not that of the request") }
            return result
        } catch {
            if case .closed = error, let sendError { throw sendError }
            throw error
        }
    }

    private func send(_ line: [UInt8], until deadline: ContinuousClock.Instant) -> ControlClientError? {
        var sent = 0
        while sent < line.count {
            let remaining = deadline - .now
            guard remaining > .zero else { return .timedOut(seconds: timeout / .seconds(1)) }
            Self.setTimeout(socket, SO_SNDTIMEO, remaining)
            let count = line[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno != EINTR, errno != EAGAIN {
                return .closed
            }
        }
        return nil
    }

    private mutating func receiveLine(until deadline: ContinuousClock.Instant) throws(ControlClientError) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            do throws(LineFramer.TooLong) {
                if let line = try framer.next() { return line }
            } catch {
                throw .notAResponse("it is longer than \(error.limit) bytes")
            }
            let remaining = deadline - .now
            guard remaining > .zero else { throw .timedOut(seconds: timeout / .seconds(1)) }
            Self.setTimeout(socket, SO_RCVTIMEO, remaining)
            let count = recv(socket, &chunk, chunk.count, 0)
            if count > 0 {
                framer.append(chunk[..<count])
            } else if count == 0 || errno == ECONNRESET {
                throw .closed
            } else if errno != EINTR, errno != EAGAIN {
                throw .notAResponse(Self.text(errno))
            }
        }
    }

    /// A zero timeout would mean none at all (socket(7)), so at least a millisecond is set.
    private static func setTimeout(_ socket: Int32, _ option: Int32, _ duration: Duration) {
        let microseconds = max(1000, Int(duration / .microseconds(1)))
        var value = timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
        setsockopt(socket, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
