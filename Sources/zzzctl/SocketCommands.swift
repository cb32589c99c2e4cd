import ArgumentParser
import ZzzControl
import ZzzJSON

/// `zzzctl sockets [APP]` and `zzzctl sockets disconnect ID`
struct SocketsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sockets", abstract: "Lists the sockets that clients have opened, and closes some of them.",
        subcommands: [ListSocketsCommand.self, DisconnectCommand.self], defaultSubcommand: ListSocketsCommand.self)
}

struct ListSocketsCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the sockets of all apps, or of one.")

    @Argument(help: "The app.") var app: String?
    @Option(help: ArgumentHelp("Only those that the app calls so.", valueName: "id")) var id: String?
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        var arguments: [String: String] = [:]
        arguments["app"] = app
        arguments["id"] = id
        _ = try connection.show(.sockets, arguments: arguments, as: SocketsReport.self, text: Self.text)
    }

    static func text(_ report: SocketsReport) -> String {
        var table = TextTable(
            ("APP", .left), ("ID", .left), ("CLIENT", .left), ("PROTOCOL", .left), ("CHANNELS", .right),
            ("QUEUED", .right), ("LOOP", .right))
        for socket in report.sockets {
            let protocolName = socket.version.map { "channels \($0)" } ?? "the app's"
            table.add(
                socket.app, TextTable.printable(socket.id ?? ""), socket.peer ?? socket.transport, protocolName,
                "\(socket.topics.count)", Quantity.bytes(Double(socket.queuedBytes)), "\(socket.loop)")
        }
        guard !table.isEmpty else { return "no sockets\n" }
        let rest = report.count - report.sockets.count
        return table.text + (rest > 0 ? "and \(rest) more\n" : "")
    }
}

struct DisconnectCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "disconnect", abstract: "Closes the sockets that their app calls so.",
        discussion: "Their clients connect again, and meet what the app says then.")

    @Argument(help: "The name that the app has given the sockets.") var id: String
    @Option(help: ArgumentHelp("Only those of this app.", valueName: "app")) var app: String?
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        var arguments = ["id": id]
        arguments["app"] = app
        _ = try connection.show(.disconnect, arguments: arguments, as: DisconnectReport.self) { report in
            report.disconnected == 1 ? "1 socket closed\n" : "\(report.disconnected) sockets closed\n"
        }
    }
}

/// `zzzctl channels [APP]`
struct ChannelsCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "channels", abstract: "Lists the topics that clients have joined, the busiest first.")

    @Argument(help: "The app.") var app: String?
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        _ = try connection.show(.channels, app: app, as: ChannelsReport.self, text: Self.text)
    }

    static func text(_ report: ChannelsReport) -> String {
        var table = TextTable(
            ("TOPIC", .left), ("APP", .left), ("CHANNELS", .right), ("SUBSCRIPTIONS", .right), ("PRESENT", .right))
        for topic in report.topics {
            table.add(
                TextTable.printable(topic.topic), topic.app ?? "(all)", "\(topic.channels)", "\(topic.subscriptions)",
                "\(topic.presences)")
        }
        guard !table.isEmpty else { return "no topics\n" }
        let rest = report.count - report.topics.count
        return table.text + (rest > 0 ? "and \(rest) more\n" : "")
    }
}

/// `zzzctl presence TOPIC`
struct PresenceCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "presence", abstract: "Shows who is in a topic, with what they say of themselves.")

    @Argument(help: "The topic.") var topic: String
    @Option(help: ArgumentHelp("Only that of this app.", valueName: "app")) var app: String?
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        var arguments = ["topic": topic]
        arguments["app"] = app
        _ = try connection.show(.presence, arguments: arguments, as: PresenceReport.self, text: Self.text)
    }

    /// A line for each meta: somebody with two windows has two.
    static func text(_ report: PresenceReport) -> String {
        var table = TextTable(("KEY", .left), ("APP", .left), ("META", .left))
        for app in report.apps {
            for (key, entry) in app.state.objectValue ?? JSONObject() {
                for meta in entry["metas"]?.arrayValue ?? [] {
                    // Too deep to be read again: whoever sent it could not have read it either.
                    let text = (try? meta.serializedString()) ?? "?"
                    table.add(TextTable.printable(key), app.app, TextTable.printable(text))
                }
            }
        }
        return table.isEmpty ? "nobody\n" : table.text
    }
}
