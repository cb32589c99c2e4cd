import ArgumentParser
import Glibc
import ZzzControl

/// `zzzctl top`
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Shows what the daemon is doing, live.",
        discussion: """
            Keys: q ends it; r, e, m, p, b and n sort the routes by requests, errors, median time, 99th percentile, \
            bytes or name. When standard output is no terminal it prints one screen after the other.
            """)

    @OptionGroup var connection: Connection

    @Option(name: [.customShort("d"), .long], help: ArgumentHelp("The time between two looks.", valueName: "seconds"))
    var delay = 1.0

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("End after so many screens.", valueName: "count"))
    var count: Int?

    func validate() throws {
        guard delay >= 0.1, delay <= 3600 else { throw ValidationError("--delay must be from 0.1 to 3600 seconds") }
        guard !connection.json else {
            throw ValidationError("top is for people: status --watch --json is for programs")
        }
        guard (count ?? 1) >= 1 else { throw ValidationError("--count must be at least 1") }
    }

    func run() throws {
        // What is wrong from the start is said in the usual way.
        let first = try sample()
        if let terminal = Terminal() {
            defer { terminal.restore() }
            var top = LiveTop(command: self, terminal: terminal, previous: first)
            try top.run()
        } else {
            try print(from: first)
        }
    }

    func sample() throws(CommandFailure) -> TopSample {
        TopSample(
            status: try connection.call(.status, as: StatusReport.self).result,
            metrics: try connection.call(.metrics, as: MetricsReport.self).result)
    }

    /// One screen after the other, as plain text.
    private func print(from first: TopSample) throws {
        var previous = first
        var left = count ?? .max
        while left > 0 {
            usleep(UInt32(delay * 1_000_000))
            let current = try sample()
            if let figures = TopFigures(from: previous, to: current) {
                let lines = TopScreen(figures: figures).lines.map { $0.rendered(columns: .max, isStyled: false) }
                Output.write(lines.joined(separator: "\n") + "\n\n")
                left -= 1
            }
            previous = current
        }
    }
}

/// `top` on a terminal.
private struct LiveTop {
    let command: TopCommand
    let terminal: Terminal
    var previous: TopSample
    private var figures: TopFigures?
    private var order = TopScreen.Order.requests
    /// Why there is nothing new to show.
    private var note = ""
    private var screens = 0

    init(command: TopCommand, terminal: Terminal, previous: TopSample) {
        self.command = command
        self.terminal = terminal
        self.previous = previous
    }

    mutating func run() throws {
        // The first look is short, so that something is there soon.
        var next = ContinuousClock.now + .seconds(min(command.delay, 0.3))
        draw()
        while true {
            let left = ContinuousClock.now.duration(to: next)
            switch terminal.wait(milliseconds: Int(left / .milliseconds(1)) + 1) {
            case .key(UInt8(ascii: "q")): return
            case .key(let key):
                if let wanted = TopScreen.Order(rawValue: key) { order = wanted }
                draw()
            case .redraw: draw()
            case .ended(let signal): return terminal.end(by: signal)
            case .timeout:
                guard ContinuousClock.now >= next else { continue }
                look()
                draw()
                if let count = command.count, screens >= count { return }
                next = ContinuousClock.now + .seconds(command.delay)
            }
        }
    }

    private mutating func look() {
        do throws(CommandFailure) {
            let current = try command.sample()
            note = ""
            if let figures = TopFigures(from: previous, to: current) {
                self.figures = figures
                screens += 1
            }
            previous = current
        } catch {
            // A daemon that is restarted comes back.
            note = "no answer: \(TextTable.printable(error.error.message))"
        }
    }

    private func draw() {
        let (rows, columns) = terminal.size
        var lines = figures.map { TopScreen(figures: $0, order: order).lines } ?? [TopScreen.Line(text: "...")]
        if lines.count > rows - 2 {
            lines = Array(lines.prefix(max(1, rows - 2)))
        } else {
            lines += Array(repeating: TopScreen.Line(text: ""), count: max(0, rows - 2 - lines.count))
        }
        lines += [TopScreen.Line(text: ""), TopScreen.footer(order, note: note)]
        terminal.draw(lines.map { $0.rendered(columns: columns, isStyled: true) })
    }
}
