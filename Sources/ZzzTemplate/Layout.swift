/// What is around a page. The templates in `Templates/layouts` become layouts: `.app`, or `.app(title: "Users")`.
public struct Layout {
    private let write: (any Template, inout HTMLOutput) -> Void

    /// A layout that writes what is around the page, and the page.
    public init(_ write: @escaping (_ page: any Template, _ output: inout HTMLOutput) -> Void) {
        self.write = write
    }

    func render(_ page: any Template, into output: inout HTMLOutput) {
        write(page, &output)
    }
}

/// What stands in for a slot that was not given: nothing.
@inlinable
public func emptySlot(_ output: inout HTMLOutput) {}
