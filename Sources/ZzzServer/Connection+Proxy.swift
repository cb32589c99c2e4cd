import Glibc
import ZzzIO

/// The header of a balancer, before everything else: also before TLS.
extension Connection {
    /// The first bytes, until the header is whole. Its deadline is that of what follows it.
    func receivedProxyHeader(_ buffer: ReadBuffer) {
        let held = input.count
        if held > 0 { append(buffer.bytes, to: &input) }
        let bytes = (held > 0 ? input.bytes : buffer.bytes).bindMemory(to: UInt8.self)
        switch ProxyHeader.parse(bytes.span, limit: worker.limits.parser.headerBytes) {
        case .header(let header):
            worker.statistics.proxy.headers &+= 1
            if let source = header.source { peer = source }
            input.recycle(to: self)
            phase = .idle
            receiveRest(of: buffer, from: header.length - held)
        case .incomplete where held == 0: take(buffer)
        case .incomplete: recycle(buffer)
        case .absent where !requiresProxyHeader: receiveAll(held, buffer)
        case .absent: refuseProxy(.missing, buffer)
        case .malformed: refuseProxy(.malformed, buffer)
        case .tooLarge: refuseProxy(.too_large, buffer)
        }
    }

    private func receiveRest(of buffer: ReadBuffer, from position: Int) {
        let count = buffer.count - position
        guard count > 0 else { return recycle(buffer) }
        memmove(buffer.base, buffer.base + position, count)
        received(buffer.filled(count))
    }

    /// There is no header. What looked like the beginning of one is shorter than a request or a ClientHello, so nobody
    /// is called but the parser before `buffer` follows it.
    private func receiveAll(_ held: Int, _ buffer: ReadBuffer) {
        let first = held > 0 ? takeReadBuffer() : nil
        if let first, let source = input.bytes.baseAddress { memcpy(first.base, source, held) }
        input.recycle(to: self)
        phase = .idle
        if let first { received(first.filled(held)) }
        received(buffer)
    }

    private func refuseProxy(_ reason: ProxyRefusal, _ buffer: ReadBuffer) {
        recycle(buffer)
        refuseProxy(reason)
    }

    /// "The receiver must ... drop the connection" (section 2): whoever sent it does not speak HTTP here.
    func refuseProxy(_ reason: ProxyRefusal) {
        worker.statistics.proxy.count(reason)
        cut()
    }

    /// Balancers look whether a port is open by connecting to it and leaving: that is no failure.
    func endedInProxyHeader() {
        if input.isEmpty { cut() } else { refuseProxy(.closed) }
    }
}
