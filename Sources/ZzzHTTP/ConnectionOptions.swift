/// What a request says about its connection (RFC 9110 section 7.6.1), gathered over all its Connection fields.
@usableFromInline
struct ConnectionOptions: OptionSet, Sendable {
    @usableFromInline let rawValue: UInt8

    @inlinable init(rawValue: UInt8) { self.rawValue = rawValue }

    static let close = ConnectionOptions(rawValue: 1)
    static let keepAlive = ConnectionOptions(rawValue: 2)
    static let upgrade = ConnectionOptions(rawValue: 4)
    /// Not a Connection option: the Upgrade field itself is there.
    static let upgradeField = ConnectionOptions(rawValue: 8)
    /// Not a Connection option: a Host field is there.
    static let hostField = ConnectionOptions(rawValue: 16)

    /// Adds the options in the value of one Connection field. Elements that mean nothing to us are left alone.
    mutating func insertAll(in value: UnsafeRawBufferPointer) {
        if value.equalsIgnoringCase("keep-alive") {
            insert(.keepAlive)
            return
        }
        var list = ListElements(value)
        while let element = list.next() {
            if element.equalsIgnoringCase("close") { insert(.close) }
            if element.equalsIgnoringCase("keep-alive") { insert(.keepAlive) }
            if element.equalsIgnoringCase("upgrade") { insert(.upgrade) }
        }
    }
}
