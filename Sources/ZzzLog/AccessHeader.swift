/// The fixed part of a record in a ring. The texts follow it without gaps.
struct AccessHeader {
    /// Stands in place of `size`: go on at the beginning of the memory.
    static let skip = UInt32.max
    static let stride = MemoryLayout<AccessHeader>.stride

    private let size: UInt32
    private let status: UInt16
    private let minorVersion: UInt8
    private let remoteKind: UInt8
    private let time: Int64
    private let duration: Int64
    private let requestBytes: Int
    private let responseBytes: Int
    private let requestID: UInt64
    private let remoteWords: (UInt64, UInt64)
    private let generation: UInt32
    private let remotePort: UInt16
    let methodCount: UInt16
    let targetCount: UInt16
    let hostCount: UInt16
    let appCount: UInt16
    let refererCount: UInt16
    let userAgentCount: UInt16

    init(_ record: borrowing AccessRecord) {
        let limits = AccessRecord.limits
        methodCount = UInt16(min(record.method.count, limits.method))
        targetCount = UInt16(min(record.target.count, limits.target))
        hostCount = UInt16(min(record.host.count, limits.host))
        appCount = UInt16(min(record.app.count, limits.app))
        refererCount = UInt16(min(record.referer.count, limits.referer))
        userAgentCount = UInt16(min(record.userAgent.count, limits.userAgent))
        let texts = Int(methodCount) + Int(targetCount) + Int(hostCount) + Int(appCount) + Int(refererCount)
            + Int(userAgentCount)
        size = UInt32((Self.stride + texts + 7) & ~7)
        status = record.status
        minorVersion = record.minorVersion
        remoteKind = record.remote.kind.rawValue
        time = record.time
        duration = record.duration
        requestBytes = record.requestBytes
        responseBytes = record.responseBytes
        requestID = record.requestID
        remoteWords = record.remote.words
        generation = record.generation
        remotePort = record.remote.port
    }

    /// Bytes of the whole record, a multiple of 8, so that the next header is aligned.
    var byteCount: Int { Int(size) }

    /// The record whose texts begin at `texts`.
    func record(textsAt texts: UnsafeRawPointer) -> AccessRecord {
        let kind = AccessRemote.Kind(rawValue: remoteKind) ?? .none
        var record = AccessRecord(
            time: time, duration: duration, status: status,
            remote: AccessRemote(kind: kind, port: remotePort, words: remoteWords))
        record.minorVersion = minorVersion
        record.requestBytes = requestBytes
        record.responseBytes = responseBytes
        record.requestID = requestID
        record.generation = generation
        var next = texts
        func text(_ count: UInt16) -> UnsafeRawBufferPointer {
            defer { next += Int(count) }
            return UnsafeRawBufferPointer(start: next, count: Int(count))
        }
        record.method = text(methodCount)
        record.target = text(targetCount)
        record.host = text(hostCount)
        record.app = text(appCount)
        record.referer = text(refererCount)
        record.userAgent = text(userAgentCount)
        return record
    }
}
