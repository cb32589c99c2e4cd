import Glibc

/// A library that the machine may have. Once loaded it stays.
struct SharedLibrary {
    private let handle: UnsafeMutableRawPointer

    /// - Returns: nil when it is not installed.
    init?(_ name: String) {
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { return nil }
        self.handle = handle
    }

    /// - Parameter type: a pointer to a C function, which must be the type that the library's header says.
    func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }
}
