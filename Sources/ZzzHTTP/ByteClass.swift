/// What a byte may be part of, as one table of 256 entries.
///
/// The table is a string literal: it lives in the binary's constants, so that a look-up is one load, with no global
/// to initialise. Entry `b` is the character U+0040 plus the bits below.
@usableFromInline
enum ByteClass {
    /// tchar (RFC 9110 section 5.6.2).
    @inlinable static var token: UInt8 { 1 }
    /// pchar and "/" (RFC 3986 section 3.3), and "[", "]", "|", which browsers send unescaped in a path.
    @inlinable static var path: UInt8 { 2 }
    /// `path`, "?", and what browsers send unescaped in a query: "{", "}", "^", "`", backslash.
    @inlinable static var query: UInt8 { 4 }
    /// A byte of reg-name (RFC 3986 section 3.2.2) that stands for itself: unreserved, sub-delims.
    @inlinable static var registeredName: UInt8 { 8 }
    /// HEXDIG in either case.
    @inlinable static var hexDigit: UInt8 { 16 }

    @inlinable @inline(__always)
    static func isMember(_ byte: UInt8, of set: UInt8) -> Bool {
        table.utf8Start[Int(byte)] & set != 0
    }

    @inlinable @inline(__always)
    static var table: StaticString {
        #"""
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\#
        @O@AOGOONNOONOOF__________FN@N@D\#
        F______OOOOOOOOOOOOOOOOOOOOFDFEO\#
        E______OOOOOOOOOOOOOOOOOOOODGDO@\#
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\#
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\#
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\#
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        """#
    }
}
