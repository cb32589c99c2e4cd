/// An immutable route table. Made by `RouterBuilder.build`, matched from any number of threads at once.
///
/// In the order of precedence a segment is matched by literal text, by a parameter with text around it (the longest
/// text before it first, then the longest after it), by a plain parameter, and last by a wildcard. Where that choice
/// leads to no route for the rest of the path, or to none with the method, the next one is tried; each node of the tree
/// is visited once at most.
public final class Router: @unchecked Sendable {
    // @unchecked Sendable: the tree's memory belongs to this object, is written before init returns and never after.
    private let tree: RouterTree

    /// How many parameters the longest route of this router has: the room that `match` needs in `params`.
    public let maximumParameterCount: Int

    init(nodes: [RouterBuilder.Node], maximumParameterCount: Int) {
        tree = RouterTree(nodes)
        self.maximumParameterCount = maximumParameterCount
    }

    deinit {
        tree.block.deallocate()
    }

    /// Finds the route of a request. Allocates nothing and takes no lock.
    ///
    /// HEAD goes where GET goes, unless the very same pattern has a HEAD route too (RFC 9110 9.3.2).
    ///
    /// The answer is `badPath` for a path that does not begin with "/", has "%" without two hexadecimal digits, a NUL,
    /// or is not UTF-8 once decoded; and when a value would be or contain a "." or ".." segment, or a wildcard's value
    /// begin with "/", in whatever spelling (RFC 3986 5.2.4 has the client remove dot segments before it sends): a
    /// handler that joins such a value to a directory would leave the directory.
    ///
    /// - Parameters:
    ///   - method: one method.
    ///   - path: the request's path as it came, percent-encoded and without the query.
    ///   - scratch: memory for the decoded path, at least as long as `path`. Written only when `path` has "%" or
    ///     non-ASCII bytes.
    ///   - params: room for `maximumParameterCount` values. What was there may be overwritten whatever the outcome.
    public func match(
        method: MethodSet,
        path: UnsafeRawBufferPointer,
        scratch: UnsafeMutableRawBufferPointer,
        params: UnsafeMutablePointer<RouteParameter>
    ) -> RouteMatch {
        guard let start = path.baseAddress, path.count > 0, path[0] == UInt8(ascii: "/") else {
            return RouteMatch(kind: .badPath)
        }
        if PathDecoder.isPlain(start, count: path.count) {
            var walk = RouterWalk(tree: tree, method: method, params: params, mayHaveEncodedSlashes: false)
            return walk.run(start, count: path.count)
        }
        return matchDecoding(path, method: method, scratch: scratch, params: params)
    }

    private func matchDecoding(
        _ path: UnsafeRawBufferPointer,
        method: MethodSet,
        scratch: UnsafeMutableRawBufferPointer,
        params: UnsafeMutablePointer<RouteParameter>
    ) -> RouteMatch {
        let count = PathDecoder.decode(path, into: scratch)
        guard count > 0, let decoded = scratch.baseAddress else { return RouteMatch(kind: .badPath) }
        var walk = RouterWalk(tree: tree, method: method, params: params, mayHaveEncodedSlashes: true)
        let match = walk.run(UnsafeRawPointer(decoded), count: count)
        for index in 0..<match.parameterCount {
            let offset = params[index].pointer - UnsafeRawPointer(decoded)
            let length = params[index].length
            PathDecoder.restoreSlashes(UnsafeMutableRawBufferPointer(start: decoded + offset, count: length))
        }
        return match
    }
}
