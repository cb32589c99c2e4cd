import ArgumentParser
import ZzzControl

/// `zzzctl apps`
struct AppsCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(commandName: "apps", abstract: "Lists the apps.")

    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        _ = try connection.show(.apps, as: AppsReport.self) { AppsText(apps: $0.apps).text }
    }
}

/// `zzzctl routes [APP]`
struct RoutesCommand: ParsableCommand, JSONPrinting {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "Lists the routes of all apps, or of one.")

    @Argument(help: "The app.") var app: String?
    @Flag(help: "Show what each route has done, and how long it took.")
    var stats = false
    @OptionGroup var connection: Connection

    var printsJSON: Bool { connection.json }

    func run() throws {
        guard !stats else {
            _ = try connection.show(.metrics, app: app, as: MetricsReport.self, text: RouteStatisticsText.text)
            return
        }
        _ = try connection.show(.routes, app: app, as: RoutesReport.self, text: Self.text)
    }

    static func text(_ report: RoutesReport) -> String {
        var table = TextTable(("METHOD", .left), ("PATTERN", .left), ("HOSTS", .left), ("APP", .left), ("NAME", .left))
        for route in report.routes {
            let hosts = route.hosts.isEmpty ? "*" : route.hosts.joined(separator: ",")
            table.add(route.method, route.pattern, hosts, route.app, route.name ?? "")
        }
        return table.isEmpty ? "no routes\n" : table.text
    }
}
