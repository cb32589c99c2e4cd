import CDW
import Glibc

/// The symbols and the DWARF of one ELF file, through libdwfl.
///
/// Its addresses are those of the file, since it is reported at base 0.
struct DebugImage: ~Copyable {
    private let session: OpaquePointer
    private let module: OpaquePointer

    /// libdwfl keeps the pointer for as long as a session lives: these stay as they are until the process ends.
    nonisolated(unsafe) private static let callbacks: UnsafeMutablePointer<Dwfl_Callbacks> = {
        let callbacks = UnsafeMutablePointer<Dwfl_Callbacks>.allocate(capacity: 1)
        callbacks.initialize(to: Dwfl_Callbacks())
        callbacks.pointee.find_elf = dwfl_build_id_find_elf
        callbacks.pointee.find_debuginfo = dwfl_standard_find_debuginfo
        return callbacks
    }()

    /// Nil when libdw cannot read the file.
    init?(path: String) {
        guard let session = dwfl_begin(Self.callbacks) else { return nil }
        dwfl_report_begin(session)
        guard let module = dwfl_report_elf(session, path, path, -1, 0, true),
            dwfl_report_end(session, nil, nil) == 0
        else {
            dwfl_end(session)
            return nil
        }
        self.session = session
        self.module = module
    }

    deinit {
        dwfl_end(session)
    }

    /// What is at `address`: from DWARF, or at least the symbol.
    func locations(at address: UInt64) -> [SourceLocation] {
        var bias: Dwarf_Addr = 0
        if let unit = unit(at: address, &bias) {
            let chain = ScopeChain(unit: unit, address: address - bias)
            let found = chain.locations(symbol: symbol(at: address))
            if !found.isEmpty { return found }
        }
        return symbol(at: address).map { [SourceLocation(function: $0)] } ?? []
    }

    /// The compilation unit that holds `address`. What clang and swiftc write has no .debug_aranges, so that all units
    /// have to be asked.
    private func unit(at address: UInt64, _ bias: inout Dwarf_Addr) -> UnsafeMutablePointer<Dwarf_Die>? {
        if let unit = dwfl_module_addrdie(module, address, &bias) { return unit }
        var last: UnsafeMutablePointer<Dwarf_Die>?
        while let unit = dwfl_module_nextcu(module, last, &bias) {
            if dwarf_haspc(unit, address - bias) == 1 { return unit }
            last = unit
        }
        return nil
    }

    /// The name of the function symbol around `address`, from .symtab or else .dynsym.
    private func symbol(at address: UInt64) -> String? {
        var offset: GElf_Off = 0
        var symbol = GElf_Sym()
        guard let name = dwfl_module_addrinfo(module, address, &offset, &symbol, nil, nil, nil),
            name.pointee != 0, offset < max(symbol.st_size, 1)
        else { return nil }
        return FunctionName.readable(String(cString: name))
    }
}
