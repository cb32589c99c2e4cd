import Glibc

@testable import ZzzIO

/// Sends back what it receives, and pauses reading while too much is queued.
final class EchoStream: Stream {
    var limit = 256 * 1024
    private var isEnded = false

    override func received(_ buffer: ReadBuffer) {
        write(buffer.bytes)
        loop.recycle(buffer)
        if queuedBytes > limit { pauseReading() }
    }

    override func writeDrained() { resumeReading() }

    override func receivedEnd() { closeWhenDrained() }
}

/// What happened to a stream, in order.
enum Event: Sendable, Equatable {
    case received([UInt8])
    case end
    case failed(Int32)
    case drained
    case deadline
    case closed
}

/// Notes every callback, and calls `reaction` with it.
final class RecordingStream: Stream {
    let events: Probe<[Event]>
    let reaction: (RecordingStream, Event) -> Void

    init(
        _ loop: Loop, _ fd: Int32, _ events: Probe<[Event]>,
        reaction: @escaping (RecordingStream, Event) -> Void = { stream, event in
            switch event {
            case .end, .failed: stream.close()
            default: break
            }
        }
    ) {
        self.events = events
        self.reaction = reaction
        super.init(loop: loop, fd: fd)
    }

    private func note(_ event: Event) {
        events.update { events in
            // Pieces of a byte stream have no borders: they are noted as one.
            if case .received(let more) = event, case .received(let bytes)? = events.last {
                events[events.count - 1] = .received(bytes + more)
            } else {
                events.append(event)
            }
        }
        reaction(self, event)
    }

    override func received(_ buffer: ReadBuffer) {
        let bytes = Array(buffer.bytes)
        loop.recycle(buffer)
        note(.received(bytes))
    }

    override func receivedEnd() { note(.end) }
    override func failed(_ errno: Int32) { note(.failed(errno)) }
    override func writeDrained() { note(.drained) }
    override func deadlineExpired() { note(.deadline) }
    override func closed() { note(.closed) }
}
