import Glibc
import Synchronization
import ZzzControl

/// Answers at a control socket, one connection after the other, on a thread of its own.
final class FakeDaemon: Sendable {
    /// How it answers a line.
    typealias Answer = @Sendable (_ line: [UInt8], _ peer: PeerCredentials) -> [UInt8]?

    let service = FakeService()
    let directory: String
    private let listener: Int32
    private let answer: Answer?
    private let access: ControlAccess

    var path: String { directory + "/control.sock" }

    /// - Parameter answer: what to answer instead of what `FakeService` says; nil closes the connection.
    init(access: ControlAccess = ControlAccess(group: nil), answer: Answer? = nil) throws {
        directory = try Scratch.directory()
        listener = try ControlSocket.listen(path: directory + "/control.sock", mode: 0o600, group: nil)
        self.answer = answer
        self.access = access
        let flags = fcntl(listener, F_GETFL)
        _ = fcntl(listener, F_SETFL, flags & ~O_NONBLOCK)
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        pthread_create(&thread, nil, fakeDaemonBody, context)
        pthread_detach(thread)
    }

    /// Ends the thread, which holds a reference of its own until then.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
        rmdir(directory)
    }

    fileprivate func run() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            serve(connection)
            close(connection)
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        var framer = LineFramer()
        var chunk = [UInt8](repeating: 0, count: 4096)
        let dispatcher = ControlDispatcher(service: service, access: access)
        do {
            let peer = try PeerCredentials.ofPeer(socket: connection)
            while true {
                while let line = try framer.next() {
                    guard let bytes = answer.map({ $0(line, peer) }) ?? dispatcher.respond(to: line, from: peer) else {
                        return
                    }
                    guard bytes.withUnsafeBytes({ send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) > 0
                    else { return }
                }
                let count = recv(connection, &chunk, chunk.count, 0)
                guard count > 0 else { return }
                framer.append(chunk[..<count])
            }
        } catch {
            return
        }
    }
}

private func fakeDaemonBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<FakeDaemon>.fromOpaque(context!).takeRetainedValue().run()
    return nil
}

enum Scratch {
    struct Failure: Error {
        var code: Int32
    }

    /// A new directory, which the caller removes.
    static func directory() throws -> String {
        var template = Array("/tmp/zzz-control-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(code: errno) }
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
