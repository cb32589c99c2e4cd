import Testing
import ZzzAppABI

@testable import ZzzServer

/// send_file: ranges, and what becomes of the descriptor.
@Suite struct FileTests {
    @Test(arguments: Setup.all)
    func aFileOrAPartOfItIsSent(_ setup: Setup) throws {
        let bytes = pattern(300_000)
        let file = try TemporaryFile(bytes)
        let route = TestRoute.get("/:offset/:length/:how") { request, head in
            let offset = Int(head.params[0])!
            let length = Int(head.params[1])!
            guard head.params[2] == "thread" else {
                #expect(request.sendFile(file.open(), offset: offset, length: length) == 0)
                return
            }
            request.retain()
            _ = TestThread {
                #expect(request.sendFile(file.open(), offset: offset, length: length) == 0)
                request.release()
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for (offset, length) in [(0, 300_000), (0, 0), (0, 1), (299_999, 1), (300_000, 0), (1_000, 200_000)] {
                for how in ["here", "thread"] {
                    let answer = try client.get("/\(offset)/\(length)/\(how)")
                    #expect(answer.header("content-length") == "\(length)")
                    #expect(answer.body == Array(bytes[offset..<(offset + length)]))
                }
            }
            let answer = try client.ask("HEAD /0/300000/here HTTP/1.1\r\nHost: a\r\n\r\n", hasBody: false)
            #expect(answer.header("content-length") == "300000")
            #expect(try client.get("/0/1/here").body == [bytes[0]])
            #expect(server.eventually { file.openDescriptors == 0 })
        }
    }

    /// The descriptor belongs to the call, so it is closed whatever comes of it.
    @Test(arguments: Setup.all)
    func theDescriptorIsClosedWhenTheCallIsRefused(_ setup: Setup) throws {
        let file = try TemporaryFile(pattern(1_000))
        let statuses = Probe<[Int32]>([])
        let gone = Probe<Request?>(nil)
        let routes = [
            TestRoute.get("/") { request, _ in
                gone.set(request)
                var all = [request.sendFile(file.open(), offset: 0, length: 10, status: 99)]
                all.append(request.sendFile(file.open(), offset: 0, length: 10))
                all.append(request.sendFile(file.open(), offset: 0, length: 10))
                statuses.set(all)
            },
            // Posted, and then the request ends before the call arrives.
            TestRoute.get("/ended") { request, _ in
                let thread = TestThread { request.sendFile(file.open(), offset: 0, length: 10) }
                thread.join()
                request.respond("first")
            },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            #expect(try client.get("/").body == Array(pattern(1_000)[..<10]))
            #expect(statuses.current == [Int32(ZZZ_ERROR_INVALID), 0, Int32(ZZZ_ERROR_STATE)])
            #expect(gone.current!.sendFile(file.open(), offset: 0, length: 10) == Int32(ZZZ_ERROR_GONE))
            #expect(try client.get("/ended").text == "first")
            #expect(server.eventually { file.openDescriptors == 0 })
        }
    }

    @Test(arguments: Setup.all)
    func theDescriptorIsClosedWhenTheClientGoes(_ setup: Setup) throws {
        let file = try TemporaryFile([UInt8](repeating: 1, count: 30_000_000))
        let route = TestRoute.get("/") { request, _ in
            request.sendFile(file.open(), offset: 0, length: file.count)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client(receiveBuffer: 16_384)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.receiveHead()
            client.reset()
            #expect(server.eventually { file.openDescriptors == 0 })
        }
    }

    /// The length was promised: a file that has become shorter ends in a cut, not in a response that looks whole.
    @Test(arguments: Setup.all)
    func aFileThatShrinksCutsTheConnection(_ setup: Setup) throws {
        let file = try TemporaryFile(pattern(100_000))
        let route = TestRoute.get("/") { request, _ in
            let descriptor = file.open()
            file.truncate(to: 50_000)
            request.sendFile(descriptor, offset: 0, length: 100_000)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveHead().header("content-length") == "100000")
            #expect(client.receiveToEnd().count <= 50_000)
            #expect(server.eventually { file.openDescriptors == 0 })
        }
    }

    @Test(arguments: Setup.all)
    func aDescriptorThatCannotBeSentCutsTheConnection(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in request.sendFile(-1, offset: 0, length: 10) }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveHead().status == 200)
            try client.expectEnd()
        }
    }
}
