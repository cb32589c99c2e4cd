import FoundationEssentials
import ZzzJSON

/// Does one thing so often that its cost can be read off the process, as go/main.go does:
///
///     json-bench zzz|foundation|floor encode|decode COUNT FILE
///
/// Then writes the object to the standard output once, so that the runner sees that all coders agree.
@main
struct JSONBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let count = Int(arguments[3]) else { throw Usage() }
        let file = try Data(contentsOf: URL(filePath: arguments[4]))
        let text = Array(file)
        let order = try JSONBytesDecoder().decode(Order.self, from: text)
        switch (arguments[1], arguments[2]) {
        case ("zzz", "encode"): for _ in 0..<count { _ = try JSONBytesEncoder().encode(order) }
        case ("zzz", "decode"): for _ in 0..<count { _ = try JSONBytesDecoder().decode(Order.self, from: text) }
        case ("foundation", "encode"): for _ in 0..<count { _ = try JSONEncoder().encode(order) }
        case ("foundation", "decode"): for _ in 0..<count { _ = try JSONDecoder().decode(Order.self, from: file) }
        case ("floor", "encode"): for _ in 0..<count { try order.encode(to: EncodingFloor()) }
        case ("floor", "decode"): for _ in 0..<count { _ = try Order(from: DecodingFloor()) }
        default: throw Usage()
        }
        print(String(decoding: try JSONBytesEncoder().encode(order), as: UTF8.self), terminator: "")
    }

    struct Usage: Error {}
}
