/// What the log thread writes at a time: records are formatted into one buffer that is written in large pieces.
struct LogBatch {
    /// From this many bytes on the buffer is written before the batch is over.
    private static let pieceSize = 32 << 10

    private var output: LogOutput
    private var buffer = LogBuffer()
    private var datagram = LogBuffer()
    private var format = LogFormat.json
    private var filter = ParameterFilter([])
    private var lines = LogFormatter(.json)
    private var accessLines = AccessFormatter(.json, ParameterFilter([]))
    private let journal = JournalFormatter()

    init(output: LogOutput) {
        self.output = output
    }

    mutating func begin(_ newFormat: LogFormat, _ newFilter: ParameterFilter) {
        guard newFormat != format || newFilter != filter else { return }
        format = newFormat
        filter = newFilter
        // What the journal does not take is written as text instead.
        let fallback = newFormat == .journal ? .text(colour: false) : newFormat
        lines = LogFormatter(fallback)
        accessLines = AccessFormatter(newFormat, newFilter)
    }

    mutating func write(_ record: LogRecord) {
        if format == .journal {
            journal.format(record, into: &datagram)
            if output.sendToJournal(datagram.bytes) { return }
        }
        lines.append(record, to: &buffer)
        writePiece()
    }

    mutating func write(_ record: AccessRecord) {
        if format == .journal {
            accessLines.append(record, to: &datagram)
            if output.sendToJournal(datagram.bytes) { return }
            var fallback = AccessFormatter(.text(colour: false), filter)
            fallback.append(record, to: &buffer)
        } else {
            accessLines.append(record, to: &buffer)
        }
        writePiece()
    }

    /// Writes what is left in the buffer.
    mutating func end() {
        output.write(buffer.bytes)
        buffer.removeAll()
    }

    mutating func finish() {
        end()
        output.close()
    }

    private mutating func writePiece() {
        if buffer.bytes.count >= Self.pieceSize { end() }
    }
}
