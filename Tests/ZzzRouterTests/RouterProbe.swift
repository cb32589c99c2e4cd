@testable import ZzzRouter

/// What a match comes to, in values that can be compared.
enum Outcome: Equatable {
    case matched(Int32, [String])
    case notFound
    case methodNotAllowed(MethodSet)
    case options(MethodSet)
    case badPath
}

extension Router {
    func outcome(_ method: MethodSet, _ path: String) -> Outcome {
        outcome(method, Array(path.utf8))
    }

    func outcome(_ method: MethodSet, _ path: [UInt8]) -> Outcome {
        let params = UnsafeMutablePointer<RouteParameter>.allocate(capacity: max(maximumParameterCount, 1))
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: path.count, alignment: 1)
        defer {
            params.deallocate()
            scratch.deallocate()
        }
        return path.withUnsafeBytes { bytes in
            let match = match(method: method, path: bytes, scratch: scratch, params: params)
            return switch match.kind {
            case .matched: .matched(match.endpoint, values(params, match.parameterCount))
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed(match.allowed)
            case .options: .options(match.allowed)
            case .badPath: .badPath
            }
        }
    }

    private func values(_ params: UnsafeMutablePointer<RouteParameter>, _ count: Int) -> [String] {
        (0..<count).map { String(decoding: params[$0].bytes, as: UTF8.self) }
    }

    /// A router whose endpoints are the places of the patterns.
    convenience init(_ methods: MethodSet = .get, _ patterns: String...) throws {
        try self.init(routes: patterns.map { (methods, $0) })
    }

    convenience init(routes: [(MethodSet, String)]) throws {
        var builder = RouterBuilder()
        for (index, (methods, pattern)) in routes.enumerated() {
            try builder.add(methods, RoutePattern(pattern), endpoint: Int32(index), origin: "Routes.swift:\(index + 1)")
        }
        self.init(nodes: builder.nodes, maximumParameterCount: builder.maximumParameterCount)
    }
}

/// SplitMix64, so that a failing case can be had again from its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
