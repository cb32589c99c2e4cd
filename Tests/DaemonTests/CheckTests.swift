import Testing

extension DaemonTests {
    /// `zzzd --check` and `zzzd --version`.
    @Suite struct CheckTests {
        /// What `zzzd --check` says to a file with that text, and the file's path.
        private func check(_ text: String) throws -> (result: CommandResult, file: String) {
            let directory = try TemporaryDirectory()
            let file = directory.path + "/zzz.toml"
            try Files.write(text, to: file)
            return (try CommandResult.of([Dist.zzzd, "--check", "--config", file], in: directory), file)
        }

        @Test func `accepts the sample configuration`() throws {
            let sample = try Files.text(Dist.packageRoot + "/etc/zzz/zzz.toml")
            #expect(try check(sample).result.status == .code(0))
        }

        static let problems = [
            ("[server]\nio = 3\n", "2:", "io"),
            ("[server]\nio = \"kqueue\"\n", "2:", "io_uring"),
            ("[server]\nlops = 3\n", "2:1", "loops"),
            ("[sever]\nloops = 3\n", "1:", "server"),
            ("[limits]\nbody = \"8 MB\"\n", "2:", "MiB"),
            ("[limits]\nheader_count = 0\n", "2:", "1"),
            ("[[listen]]\naddress = \"localhost:80\"\n", "2:", "localhost"),
            ("[server\nloops = 3\n", "1:", ""),
            ("[app.blog]\nmount = \"blog\"\n", "2:", "/"),
        ]

        @Test(arguments: problems)
        func `names file, line and column of what is wrong`(text: String, place: String, mention: String) throws {
            let (result, file) = try check(text)
            #expect(result.status != .code(0))
            #expect(result.errors.contains("\(file):\(place)"), "\(result.errors)")
            #expect(result.errors.contains(mention), "\(result.errors)")
        }

        @Test func `says every problem, not only the first`() throws {
            let (result, file) = try check("[server]\nio = 3\nlops = 1\n")
            #expect(result.errors.contains("\(file):2:") && result.errors.contains("\(file):3:"))
        }

        @Test func `says that the file is missing`() throws {
            let directory = try TemporaryDirectory()
            let file = directory.path + "/none.toml"
            let result = try CommandResult.of([Dist.zzzd, "--check", "--config", file], in: directory)
            #expect(result.status != .code(0))
            #expect(result.errors.contains(file))
        }

        @Test func `reads conf.d beside the main file`() throws {
            let directory = try TemporaryDirectory()
            try Files.write("[server]\nloops = 1\n", to: directory.path + "/zzz.toml")
            try Files.makeDirectory(directory.path + "/conf.d")
            try Files.write("[limits]\nboddy = 1\n", to: directory.path + "/conf.d/10-limits.toml")
            let result = try CommandResult.of(
                [Dist.zzzd, "--check", "--config", directory.path + "/zzz.toml"], in: directory)
            #expect(result.status != .code(0))
            #expect(result.errors.contains("conf.d/10-limits.toml:2:1"))
        }

        @Test func `prints the version`() throws {
            let directory = try TemporaryDirectory()
            let result = try CommandResult.of([Dist.zzzd, "--version"], in: directory)
            #expect(result.status == .code(0))
            #expect(result.output.contains("0.1"))
        }
    }
}
