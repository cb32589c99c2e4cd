/// What a multipart form may cost. Beyond, the request is answered with 413, and the rest of it is not read.
public struct UploadLimits: Hashable, Sendable {
    /// Fields and files together.
    public var partCount: Int
    public var fileCount: Int
    /// Of one part's header, in bytes.
    public var headerBytes: Int
    /// Of all fields that are no files together: they are kept in memory.
    public var fieldBytes: Int
    /// Of one file; nil: only the limit of the whole.
    public var fileBytes: Int?
    /// Of the whole body; nil: as much as other bodies may have.
    public var totalBytes: UInt64?

    public init(
        partCount: Int = 1000, fileCount: Int = 100, headerBytes: Int = 4096, fieldBytes: Int = 1 << 20,
        fileBytes: Int? = nil, totalBytes: UInt64? = nil
    ) {
        self.partCount = partCount
        self.fileCount = fileCount
        self.headerBytes = headerBytes
        self.fieldBytes = fieldBytes
        self.fileBytes = fileBytes
        self.totalBytes = totalBytes
    }
}
