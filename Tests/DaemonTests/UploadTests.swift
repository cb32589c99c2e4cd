import Glibc
import Testing

extension DaemonTests {
    /// Forms with files, as BodyParser reads them, over the real daemon.
    @Suite struct UploadTests {
        private static let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

        private static func body(_ contents: [UInt8]) -> [UInt8] {
            Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n".utf8)
                + contents + Array("\r\n--\(boundary)--\r\n".utf8)
        }

        private static func head(_ length: Int, _ more: String = "") -> String {
            "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=\(boundary)\r\n"
                + "Content-Length: \(length)\r\n\(more)\r\n"
        }

        private func bench(_ backend: Backend, limits: [String] = []) throws -> DaemonProcess {
            try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")], limits: limits))
        }

        /// The files without a name that the process has open in the app's directory, and their sizes.
        private func temporaryFiles(_ daemon: DaemonProcess) throws -> [(path: String, bytes: Int)] {
            let directory = "/proc/\(try daemon.serverPid())/fd"
            guard let list = opendir(directory) else { throw SystemFailure.last("opendir") }
            defer { closedir(list) }
            var found: [(path: String, bytes: Int)] = []
            while let entry = readdir(list) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                var target = [CChar](repeating: 0, count: 512)
                guard readlink(directory + "/" + name, &target, 511) > 0 else { continue }
                let path = target.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
                guard path.hasPrefix(daemon.directory.path + "/state/data"), path.hasSuffix(" (deleted)") else {
                    continue
                }
                var status = stat()
                guard stat(directory + "/" + name, &status) == 0 else { continue }
                found.append((path, Int(status.st_size)))
            }
            return found
        }

        private func expectNothingLeft(_ daemon: DaemonProcess, _ app: String = "bench") throws {
            try eventually("the temporary files are gone") { try temporaryFiles(daemon).isEmpty }
            let data = daemon.directory.path + "/state/data/\(app)"
            #expect(try CommandResult.of(["/bin/ls", "-A", data], in: daemon.directory).output == "")
        }

        @Test(arguments: Backend.allCases)
        func `a file arrives whole, however it is cut`(backend: Backend) throws {
            let daemon = try bench(backend)
            let client = try daemon.client()
            for count in [0, 1, 70_000, 5 << 20] {
                let body = Self.body((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13) })
                try client.send(Self.head(body.count))
                try client.send(body)
                #expect(try client.response().text == "\(count)")
            }
            let small = Self.body([13, 10, 45, 45])
            try client.sendByByte(Self.head(small.count) + String(decoding: small, as: UTF8.self))
            #expect(try client.response().text == "4")
            try expectNothingLeft(daemon)
        }

        @Test(arguments: Backend.allCases)
        func `forms that are no forms are refused, and the connection with them`(backend: Backend) throws {
            let daemon = try bench(backend)
            let good = Self.body([1, 2, 3])
            for (body, status) in [
                (Array(good.dropLast(6)), 400), (Array("x".utf8), 400), (Self.body([]) + [1], 200),
                (Array(String(decoding: good, as: UTF8.self).replacing("name=", with: "nome=").utf8), 400),
                (
                    Array(
                        String(decoding: good, as: UTF8.self).replacing(
                            "form-data", with: String(repeating: "x", count: 5000)
                        ).utf8), 413
                ),
            ] {
                let client = try daemon.client()
                try client.send(Self.head(body.count))
                client.sendAsFarAsPossible(body)
                #expect(try client.response().status == status)
            }
            try expectNothingLeft(daemon)
        }

        private static func chunkedHead(_ target: String) -> String {
            head(0).replacing("Content-Length: 0", with: "Transfer-Encoding: chunked").replacing(
                "/upload", with: target)
        }

        @Test(arguments: Backend.allCases)
        func `what is too large is cut off`(backend: Backend) throws {
            let daemon = try DaemonProcess(
                DaemonConfiguration(
                    backend, apps: [.example("bench", mount: "/bench"), .faulty()], limits: ["body = \"1000 B\""]))
            // By its announcement: the form's own limit is 2 GiB.
            let announced = try daemon.client()
            let head = Self.head(2 << 30 + 1, "Expect: 100-continue\r\n").replacing("/upload", with: "/bench/upload")
            try announced.send(head)
            #expect(try announced.response().status == 413)
            // As it comes: the app's limit, which this form shares.
            let body = Self.body([UInt8](repeating: 7, count: 1000))
            let client = try daemon.client()
            try client.send(Self.chunkedHead("/trap-upload"))
            client.sendAsFarAsPossible(Array("\(String(body.count, radix: 16))\r\n".utf8) + body)
            #expect(try client.response().status == 413)
            try expectNothingLeft(daemon, "bench")
            try expectNothingLeft(daemon, "faulty")
        }

        @Test(arguments: Backend.allCases)
        func `a client that leaves in the middle leaves nothing`(backend: Backend) throws {
            let daemon = try bench(backend)
            let client = try daemon.client()
            let part = Self.body([UInt8](repeating: 7, count: 1 << 20)).dropLast(30)
            try client.send(Self.chunkedHead("/upload") + "\(String(part.count, radix: 16))\r\n")
            try client.send(part)
            try eventually("a temporary file is written") { try temporaryFiles(daemon).contains { $0.bytes > 0 } }
            client.reset()
            try expectNothingLeft(daemon)
        }

        @Test(arguments: Backend.allCases)
        func `a client that waits is told to go on`(backend: Backend) throws {
            let daemon = try bench(backend)
            let client = try daemon.client()
            let body = Self.body([1])
            try client.send(Self.head(body.count, "Expect: 100-continue\r\n"))
            #expect(try client.response().status == 100)
            try client.send(body)
            #expect(try client.response().text == "1")
        }

        @Test(arguments: Backend.allCases)
        func `a trap leaves nothing in the directory`(backend: Backend) throws {
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [.faulty()]))
            let client = try daemon.client()
            let body = Self.body([UInt8](repeating: 1, count: 100_000))
            try client.send(Self.head(body.count).replacing("/upload", with: "/trap-upload"))
            try client.send(body)
            #expect(try client.response().status == 500)
            // The thread that had the file is frozen, with its descriptor; the space is given back.
            try eventually("the file is empty") {
                try temporaryFiles(daemon).map(\.bytes) == [0]
            }
            let data = daemon.directory.path + "/state/data/faulty"
            #expect(try CommandResult.of(["/bin/ls", "-A", data], in: daemon.directory).output == "")
        }
    }
}
