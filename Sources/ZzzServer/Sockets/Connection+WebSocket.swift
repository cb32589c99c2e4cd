import ZzzAppABI
import ZzzIO
import ZzzWebSocket

/// A connection that speaks WebSocket.
extension Connection {
    /// From here on the bytes are the socket's; the response 101 has been written.
    func become(_ socket: WebSocket) {
        self.socket = socket
        socket.connection = Unmanaged.passUnretained(self)
        phase = .webSocket
        watchWriting()
    }

    /// Reads what has come, as far as the app takes it.
    func advanceSocket() {
        guard let socket else { return }
        while phase == .webSocket, !socket.isHeld, !input.isEmpty {
            var rest = input.mutableBytes
            let event = socket.session.next(&rest) { writePlain($0) }
            input.consume(allBut: rest.count)
            guard let event else { break }
            let goesOn =
                switch event {
                case .text(let text): socket.received(ZZZ_SOCKET_TEXT, text)
                case .binary(let data): socket.received(ZZZ_SOCKET_BINARY, data)
                case .pong(let data): socket.received(ZZZ_SOCKET_PONG, data)
                case .ended(let ending): endSocket(socket, ending)
                }
            guard goesOn else { return }
        }
        guard phase == .webSocket else { return }
        if input.isEmpty { input.recycle(to: self) }
        socket.putSessionAway()
        if socket.isHeld { pauseReading() } else { resumeReading() }
        if hasPeerEnded, !socket.isHeld, input.isEmpty { return cut() }
        if queuedBytes > 0 { watchWriting() } else { setDeadline(atMilliseconds: socket.nextDeadline) }
    }

    /// Both sides have said that they close, or the client has broken a rule.
    private func endSocket(_ socket: WebSocket, _ ending: WebSocketSession.Ending) -> Bool {
        if let error = ending.error { worker.hub.noteViolation(socket, error) }
        self.socket = nil
        socket.connection = nil
        beginClosing()
        socket.ended(ending.code, ending.reason)
        return worker.isCurrent
    }

    /// `closed()`: the last that the socket hears.
    func socketConnectionClosed() {
        guard let socket else { return }
        self.socket = nil
        socket.connection = nil
        socket.ended(.abnormal, "")
    }

    /// The client has been silent, or has not answered our close frame.
    func socketDeadlinePassed(_ now: UInt64) {
        guard let socket else { return }
        if socket.closeDeadline > 0 {
            if now >= socket.closeDeadline { return cut() }
        } else if socket.isHeld {
            // Nobody listens to the client: it is not silent.
            socket.lastHeard = now
        } else if now >= socket.lastHeard &+ socket.settings.limits.idleTimeoutMilliseconds {
            worker.hub.statistics.timeouts &+= 1
            socket.close(.normal, "nothing was heard for a while")
        } else if now >= socket.nextDeadline {
            socket.isPinged = true
            socket.releaseBuffers()
            _ = socket.ping(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        setDeadline(atMilliseconds: earliestDeadline)
    }

    /// What the app that lost the loop still looks at, in exchange for a copy of what follows it.
    func exchangeInput() -> InputBuffer {
        let taken = input
        input = taken.isEmpty ? InputBuffer() : InputBuffer(copying: taken.bytes)
        return taken
    }
}

extension Connection {
    /// Everything that was queued has reached the kernel.
    func socketBecameWritable() {
        guard let socket else { return }
        setDeadline(atMilliseconds: socket.nextDeadline)
        guard socket.wantsWritable else { return }
        socket.wantsWritable = false
        socket.becameWritable()
    }
}
