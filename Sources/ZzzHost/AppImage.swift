import CContainment
import Glibc
import ZzzAppABI

/// An app's shared library in this process. It is never unmapped: the Swift runtime keeps pointers into every image
/// (conformances, metadata), so dlclose would leave them dangling.
final class AppImage: Sendable {
    /// The file that was loaded.
    let path: String
    let descriptor: AppDescriptor
    /// An address inside its code; 0 for code that was not loaded from a file.
    let entryAddress: UInt

    /// Loads a file on a thread that is inside an app's step. A fault in the initialisers ends the process: the dynamic
    /// linker's lock is held meanwhile.
    static func openOutsideApp(path: String) throws(AppError) -> AppImage {
        let thread = zzz_thread_self()
        let isInStep = thread != nil && zzz_call_leave(thread)
        defer { if isInStep { zzz_call_return(thread) } }
        return try AppImage(path: path)
    }

    /// Loads a file and reads its descriptor. Runs the library's initialisers.
    ///
    /// - Parameter step: told about each step before it is taken, for a process that may not survive it.
    /// - Throws: `AppError` without app and file.
    init(path: String, step: (LoadStep) -> Void = { _ in }) throws(AppError) {
        self.path = path
        step(.open)
        // RTLD_NOW: a missing symbol shows here and not in a request. RTLD_LOCAL: two apps, or two builds of one, do
        // not see each other's symbols.
        guard let image = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw Self.refusal(dlerror().map { String(cString: $0) } ?? "", path: path)
        }
        guard let symbol = dlsym(image, ZZZ_APP_ENTRY_SYMBOL) else {
            throw AppError(
                reason: "exports no \(ZZZ_APP_ENTRY_SYMBOL)",
                remedy: "export the app (ZZZ_EXPORT in C, @main in Swift), and do not strip its dynamic symbols")
        }
        step(.entry)
        let entry = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<zzz_app_descriptor>?).self)
        descriptor = try AppDescriptor(entry())
        entryAddress = UInt(bitPattern: symbol)
    }

    /// Code that is in this process already.
    init(path: String, descriptor: AppDescriptor) {
        self.path = path
        self.descriptor = descriptor
        entryAddress = 0
    }

    /// The dynamic linker's message as a reason and a remedy.
    private static func refusal(_ message: String, path: String) -> AppError {
        let text = message.hasPrefix(path + ": ") ? String(message.dropFirst(path.utf8.count + 2)) : message
        if let symbol = text.suffix(after: "undefined symbol: ") {
            return AppError(
                reason: "needs the symbol \(symbol), which nothing provides",
                remedy: "link the library that defines it into the app")
        }
        if let version = text.suffix(after: "version `") {
            return AppError(
                reason: "needs \(version.prefix { $0 != "'" }), which this system does not have",
                remedy: "build the app on this release of the system, or on an older one")
        }
        if text.contains("position-independent executable") {
            return AppError(reason: "a program, not a shared library", remedy: "link the app with -shared")
        }
        if text.contains("cannot open shared object file"), let library = text.split(separator: ":").first {
            return AppError(
                reason: "needs the library \(library), which is not found",
                remedy: "install it, or link it into the app statically")
        }
        if text.contains("static TLS") {
            return AppError(
                reason: "uses thread-local storage of the initial-exec model (\(text))",
                remedy: "build the app and its libraries with -fPIC and without -ftls-model=initial-exec")
        }
        if text.contains("failed to map") || text.contains("Operation not permitted") {
            return AppError(
                reason: "cannot be mapped (\(text))",
                remedy: "put paths.runtime on a file system that is not mounted noexec, and check the memory limits")
        }
        return AppError(reason: "cannot be loaded (\(text))", remedy: "check it with ldd, and build it again")
    }
}

/// The steps of a load, in order.
enum LoadStep: String, Sendable, CaseIterable {
    case open, entry, create, enroll

    /// For "trapped in ...".
    var place: String {
        switch self {
        case .open: "its initialisers (constructors, global variables)"
        case .entry: "zzz_app_entry"
        case .create: "create"
        case .enroll: "enroll"
        }
    }
}

extension String {
    fileprivate func suffix(after marker: String) -> String? {
        guard let range = firstRange(of: marker) else { return nil }
        return String(self[range.upperBound...])
    }

    /// Without Foundation, and without the regular expressions of _StringProcessing.
    private func firstRange(of marker: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(marker) {
                return start..<index(start, offsetBy: marker.count)
            }
            start = index(after: start)
        }
        return nil
    }

    fileprivate func contains(_ marker: String) -> Bool { firstRange(of: marker) != nil }
}
