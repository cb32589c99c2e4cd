import ZzzAppABI

/// Finds what a path below a directory leads to, and answers with it: the work of ``Static``.
final class FileLibrary: Sendable {
    struct Options: Sendable {
        var only: Set<String>?
        var index: [String] = []
        var fallback: String?
        var codings: [ContentCoding] = []
        var caching: [CacheRule] = []
        var tags = Static.Tags.metadata
        var headers: [(name: String, value: String)] = []
        var contentTypes: [String: String] = [:]
        var dotFiles = Static.DotFiles.hidden
        var cache = Static.Cache()
    }

    let directory: FileDirectory
    private let options: Options
    private let cache: FileCache
    private let clock: MonotonicClock

    init(directory: FileDirectory, options: Options, clock: MonotonicClock = .coarse) {
        self.directory = directory
        self.options = options
        self.clock = clock
        cache = FileCache(options.cache)
    }

    /// Answers with the file, or sends the client to the directory's path with a slash.
    ///
    /// - Parameter raw: the request's path as received, from the slash behind the prefix on.
    /// - Returns: false when there is no such file.
    func answer(_ context: Context, _ raw: UnsafeRawBufferPointer) throws -> Bool {
        let path: FilePath
        do {
            path = try FilePath(raw, showing: options.dotFiles)
        } catch .impossible {
            return false
        } catch .malformed {
            throw Abort(.badRequest, "The path is not well encoded.")
        }
        if let only = options.only, !only.contains(path.firstName) { return false }
        switch try find(path, context) {
        case .variants(let variants)?:
            keepVersion(context)
            try context.send(variants.chosen(by: context))
        case .directory?: try redirectToSlash(context)
        case nil: return try answerWithFallback(context)
        }
        return true
    }

    /// A URL with a version is always that of the same contents.
    private func keepVersion(_ context: Context) {
        guard let rule = options.caching.first(where: \.isForVersions), let query = context.rawQuery,
            CacheRule.isVersion(query), context.fields.values("Cache-Control").isEmpty
        else { return }
        context.setHeader("Cache-Control", rule.value)
    }

    private func answerWithFallback(_ context: Context) throws -> Bool {
        guard let fallback = options.fallback else { return false }
        // Scripts and pictures are asked for with "*/*": a page in their place would only confuse.
        guard context.headers.all("accept").contains(where: { $0.lowercased().contains("text/html") }),
            case .variants(let variants)? = try find(FilePath().appending(fallback), context)
        else { return false }
        context.addVary("Accept")
        try context.send(variants.chosen(by: context))
        return true
    }

    /// So that the links of the index lead where they are meant to.
    private func redirectToSlash(_ context: Context) throws {
        let query = context.rawQuery.map { "?" + $0 } ?? ""
        try context.redirect(to: context.mount + context.path + "/" + query, status: .movedPermanently)
    }

    // MARK: Finding

    private enum Found {
        case variants(FileVariants)
        /// One with an index, and the path lacks the slash.
        case directory
    }

    private enum Looked {
        /// The file as it is first, then its siblings in the order of preference.
        case files([Entry])
        case directory
    }

    private struct Entry {
        var coding: ContentCoding?
        var path: FilePath
        var file: OpenFile
    }

    private func find(_ path: FilePath, _ context: Context) throws -> Found? {
        let now = clock.nanoseconds()
        var known: FileVariants?
        switch cache.find(path, now: now) {
        case .fresh(let variants): return .variants(variants)
        case .stale(let variants): known = variants
        case .missing: break
        }
        switch try look(path) {
        case .files(let entries)?:
            let isSame = known?.isUnchanged(entries.map(\.file.metadata)) == true
            let variants = if isSame, let known { known } else { try load(path, entries, context.crypto) }
            cache.keep(variants, now: now)
            return .variants(variants)
        case .directory?:
            return .directory
        case nil:
            if known != nil { cache.forget(path) }
            return nil
        }
    }

    /// What is in the directory now.
    private func look(_ path: FilePath) throws -> Looked? {
        if !path.bytes.isEmpty, !path.endsInSlash {
            switch try directory.open(path) {
            case .file(let file)?: return try .files(siblings(of: Entry(path: path, file: file)))
            case .directory?: break
            case nil: return nil
            }
        }
        for name in options.index {
            let inside = path.appending(name)
            guard case .file(let file)? = try directory.open(inside) else { continue }
            return path.endsInSlash ? try .files(siblings(of: Entry(path: inside, file: file))) : .directory
        }
        return nil
    }

    private func siblings(of plain: Entry) throws -> [Entry] {
        try [plain]
            + options.codings.compactMap { coding in
                let path = plain.path.adding(coding.fileExtension)
                guard case .file(let file)? = try directory.open(path) else { return nil }
                return Entry(coding: coding, path: path, file: file)
            }
    }

    // MARK: Loading

    private func load(_ path: FilePath, _ entries: [Entry], _ crypto: Crypto) throws -> FileVariants {
        let name = entries[0].path.text
        let type = options.contentTypes[Self.fileExtension(of: name)] ?? mediaType(ofPath: name)
        let rule = options.caching.first { $0.matches(name) }
        var shared = [(name: "Cache-Control", value: rule?.value ?? "no-cache")] + options.headers
        if entries.count > 1 { shared.append(("Vary", "Accept-Encoding")) }
        let files = try entries.map { entry in
            try ServedFile(
                content(of: entry.file), entry.file.metadata, contentType: type, tag: tag(of: entry.file, crypto),
                shared: shared, coding: entry.coding?.rawValue)
        }
        return FileVariants(
            path: path, plain: files[0],
            coded: zip(entries, files).compactMap { entry, file in entry.coding.map { ($0, file) } },
            metadata: entries.map(\.file.metadata), isSettled: !entries.contains { $0.file.metadata.isYoung })
    }

    private func content(of file: OpenFile) throws -> ServedFile.Content {
        guard cache.hasRoom(forBytes: file.metadata.size) else { return .file(file, start: 0) }
        return try .memory(file.read(0..<file.metadata.size))
    }

    /// nil: the one that follows from the metadata.
    private func tag(of file: OpenFile, _ crypto: Crypto) throws -> EntityTag? {
        guard case .contents = options.tags, file.metadata.size <= Self.largestTaggedBytes else { return nil }
        // A digest of the digests of its pieces, so that it is never in memory as a whole.
        var digests: [UInt8] = []
        for start in stride(from: 0, to: file.metadata.size, by: 1 << 20) {
            digests += try crypto.digest(.sha256, file.read(start..<min(start + 1 << 20, file.metadata.size)))
        }
        let digest = try crypto.digest(.sha256, digests).prefix(16)
        return EntityTag(opaque: "\"" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\"")
    }

    private static let largestTaggedBytes: Int64 = 16 << 20

    private static func fileExtension(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }
}

extension FileVariants {
    /// The one that the client likes best.
    fileprivate func chosen(by context: Context) -> ServedFile {
        guard !coded.isEmpty else { return plain }
        let field = AcceptEncodingField(context.headers.all("accept-encoding").joined(separator: ","))
        return field.best(of: coded) { $0.coding.rawValue }?.file ?? plain
    }
}
