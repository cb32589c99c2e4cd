import ZzzHTTP

/// Dates as HTTP writes them (RFC 9110 section 5.6.7).
enum HTTPDate {
    /// "Thu, 01 Jan 1970 00:00:00 GMT". Times outside of the years 1970 to 9999 become the nearest of those.
    static func text(atSeconds seconds: Int64) -> String {
        let date = ZzzHTTP.HTTPDate(unixSeconds: max(seconds, 0))
        return String(unsafeUninitializedCapacity: ZzzHTTP.HTTPDate.textBytes) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return UnsafeMutablePointer(start).distance(
                to: date.writeText(to: start).assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Seconds since 1970; nil for what is no date.
    static func seconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { ZzzHTTP.HTTPDate.parse(UnsafeRawBufferPointer($0), now: WallClock.system.seconds()) }
    }
}
