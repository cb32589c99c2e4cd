import Glibc

/// A moment as people and programs read it, in UTC.
struct WrittenTime {
    private let parts: tm

    init(_ seconds: Int) {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        self.parts = parts
    }

    /// "25 November 2026, 19:30"
    var text: String {
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        let time = "\(Self.two(parts.tm_hour)):\(Self.two(parts.tm_min))"
        return "\(parts.tm_mday) \(months[Int(parts.tm_mon)]) \(year), \(time)"
    }

    /// "2026-11-25T19:30:00Z" (RFC 3339)
    var machineText: String {
        "\(year)-\(Self.two(parts.tm_mon + 1))-\(Self.two(parts.tm_mday))"
            + "T\(Self.two(parts.tm_hour)):\(Self.two(parts.tm_min)):\(Self.two(parts.tm_sec))Z"
    }

    private var year: Int { Int(parts.tm_year) + 1900 }

    private static func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
}
