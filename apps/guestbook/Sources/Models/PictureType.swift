/// A kind of picture that the guestbook takes: told from the first bytes of the file, whatever its name and the browser
/// say. So nothing else is ever served as one.
enum PictureType: String, CaseIterable, Sendable {
    case png, jpg, gif, webp

    /// The largest file, in bytes.
    static let fileBytes = 2 << 20

    init?(of bytes: some Collection<UInt8>) {
        guard let type = Self.allCases.first(where: { $0.begins(Array(bytes.prefix(12))) }) else { return nil }
        self = type
    }

    private func begins(_ bytes: [UInt8]) -> Bool {
        switch self {
        case .png: bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        case .jpg: bytes.starts(with: [0xFF, 0xD8, 0xFF])
        case .gif: bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8)
        case .webp: bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
        }
    }
}
