import Glibc

/// Formats access records, as text in the manner of the Combined Log Format, as JSON, or for the journal, without the
/// secrets of their queries.
struct AccessFormatter {
    private var clock = LogClock()
    private let format: LogFormat
    private let filter: ParameterFilter

    init(_ format: LogFormat, _ filter: ParameterFilter) {
        self.format = format
        self.filter = filter
    }

    /// Appends a record as text or JSON with its line end; in the journal's format it replaces the buffer's content.
    mutating func append(_ record: AccessRecord, to buffer: inout LogBuffer) {
        let (target, referer) = (filter.filtered(record.target), filter.filtered(record.referer))
        guard target != nil || referer != nil else { return append(filtered: record, to: &buffer) }
        var record = record
        // An empty array stands for what stays as it is: there is nothing to hide in an empty text.
        (target ?? []).withUnsafeBytes { target in
            (referer ?? []).withUnsafeBytes { referer in
                if !target.isEmpty { record.target = target }
                if !referer.isEmpty { record.referer = referer }
                append(filtered: record, to: &buffer)
            }
        }
    }

    private mutating func append(filtered record: AccessRecord, to buffer: inout LogBuffer) {
        switch format {
        case .text: appendCombined(record, to: &buffer)
        case .json: appendJSON(record, to: &buffer)
        case .journal: formatJournal(record, into: &buffer)
        }
        buffer.append("\n")
    }

    /// `127.0.0.1 - - [22/Nov/2026:12:24:00 +0000] "GET / HTTP/1.1" 200 13 "REFERER" "AGENT" HOST APP 0.000123`
    private mutating func appendCombined(_ record: AccessRecord, to buffer: inout LogBuffer) {
        record.remote.append(to: &buffer)
        buffer.append(" - - [")
        clock.appendCommon(record.time, to: &buffer)
        buffer.append("] \"")
        appendRequestLine(record, to: &buffer)
        buffer.append("\" ")
        buffer.append(record.status)
        buffer.append(" ")
        buffer.append(record.responseBytes)
        appendQuoted(record.referer, to: &buffer)
        appendQuoted(record.userAgent, to: &buffer)
        appendQuoted(record.host, to: &buffer)
        buffer.append(" ")
        appendOrDash(record.app, to: &buffer)
        buffer.append(" ")
        appendSeconds(record.duration, to: &buffer)
    }

    private func appendRequestLine(_ record: AccessRecord, to buffer: inout LogBuffer) {
        // A connection that sent nothing readable has no request line.
        guard !record.method.isEmpty || !record.target.isEmpty else { return buffer.append("-") }
        buffer.append(escapingPeer: record.method)
        buffer.append(" ")
        buffer.append(escapingPeer: record.target)
        buffer.append(" HTTP/1.")
        buffer.append(record.minorVersion)
    }

    private func appendQuoted(_ text: UnsafeRawBufferPointer, to buffer: inout LogBuffer) {
        buffer.append(" \"")
        appendOrDash(text, to: &buffer)
        buffer.append("\"")
    }

    private func appendOrDash(_ text: UnsafeRawBufferPointer, to buffer: inout LogBuffer) {
        if text.isEmpty { buffer.append("-") } else { buffer.append(escapingPeer: text) }
    }

    /// Seconds with six digits after the point.
    private func appendSeconds(_ nanoseconds: Int64, to buffer: inout LogBuffer) {
        let microseconds = Int(max(0, nanoseconds)) / 1000
        buffer.append(microseconds / 1_000_000)
        buffer.append(".")
        buffer.append(microseconds % 1_000_000, width: 6)
    }

    private mutating func appendJSON(_ record: AccessRecord, to buffer: inout LogBuffer) {
        buffer.append("{\"time\":\"")
        clock.appendRFC3339(record.time, to: &buffer)
        buffer.append("\",\"access\":true,\"remote\":\"")
        record.remote.append(to: &buffer)
        buffer.append("\",\"method\":")
        appendJSONString(record.method, to: &buffer)
        buffer.append(",\"target\":")
        appendJSONString(record.target, to: &buffer)
        buffer.append(",\"version\":\"1.")
        buffer.append(record.minorVersion)
        buffer.append("\",\"status\":")
        buffer.append(record.status)
        buffer.append(",\"request_bytes\":")
        buffer.append(record.requestBytes)
        buffer.append(",\"response_bytes\":")
        buffer.append(record.responseBytes)
        buffer.append(",\"seconds\":")
        appendSeconds(record.duration, to: &buffer)
        appendMember(",\"host\":", record.host, to: &buffer)
        appendMember(",\"app\":", record.app, to: &buffer)
        if record.generation != 0 {
            buffer.append(",\"generation\":")
            buffer.append(record.generation)
        }
        appendMember(",\"referer\":", record.referer, to: &buffer)
        appendMember(",\"user_agent\":", record.userAgent, to: &buffer)
        if record.requestID != 0 {
            buffer.append(",\"request_id\":")
            buffer.append(record.requestID)
        }
        buffer.append("}")
    }

    private func appendMember(_ name: StaticString, _ text: UnsafeRawBufferPointer, to buffer: inout LogBuffer) {
        guard !text.isEmpty else { return }
        buffer.append(name)
        appendJSONString(text, to: &buffer)
    }

    private func appendJSONString(_ text: UnsafeRawBufferPointer, to buffer: inout LogBuffer) {
        buffer.append(jsonString: String(decoding: text, as: UTF8.self))
    }

    private mutating func formatJournal(_ record: AccessRecord, into buffer: inout LogBuffer) {
        buffer.removeAll()
        buffer.append("PRIORITY=6\nSYSLOG_IDENTIFIER=zzzd\nZZZ_ACCESS=1\nMESSAGE=")
        appendCombined(record, to: &buffer)
        buffer.append("\nZZZ_REMOTE=")
        record.remote.append(to: &buffer)
        buffer.append("\nZZZ_METHOD=")
        buffer.append(escapingPeer: record.method)
        buffer.append("\nZZZ_TARGET=")
        buffer.append(escapingPeer: record.target)
        buffer.append("\nZZZ_STATUS=")
        buffer.append(record.status)
        buffer.append("\nZZZ_RESPONSE_BYTES=")
        buffer.append(record.responseBytes)
        buffer.append("\nZZZ_DURATION_USEC=")
        buffer.append(record.duration / 1000)
        if !record.app.isEmpty {
            buffer.append("\nZZZ_APP=")
            buffer.append(escapingPeer: record.app)
        }
    }
}

extension AccessRemote {
    /// Appends the address without the port, or `-`.
    func append(to buffer: inout LogBuffer) {
        switch kind {
        case .none: buffer.append("-")
        case .ipv4:
            for shift in [24, 16, 8, 0] as [UInt64] {
                buffer.append(words.0 >> shift & 0xFF)
                if shift > 0 { buffer.append(".") }
            }
        case .ipv6:
            var bytes = (words.0.bigEndian, words.1.bigEndian)
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
            for character in text {
                guard character != 0 else { return }
                buffer.append(byte: UInt8(bitPattern: character))
            }
        }
    }
}
