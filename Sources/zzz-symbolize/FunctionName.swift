import CDW
import Glibc

/// Names of functions as people write them.
enum FunctionName {
    /// The name of a function's scope: the linker's when there is one, since that says the type and the module too.
    static func of(_ scope: UnsafeMutablePointer<Dwarf_Die>) -> String? {
        for name in [DW_AT_linkage_name, DW_AT_MIPS_linkage_name] {
            var attribute = Dwarf_Attribute()
            if dwarf_attr_integrate(scope, UInt32(name), &attribute) != nil, let text = dwarf_formstring(&attribute) {
                return readable(String(cString: text))
            }
        }
        return dwarf_diename(scope).map { readable(String(cString: $0)) }
    }

    /// Demangles what Swift or C++ mangled, and returns every other name as it is.
    static func readable(_ name: String) -> String {
        if name.hasPrefix("$s") || name.hasPrefix("$S") || name.hasPrefix("$e") {
            return taking(swift_demangle(name, name.utf8.count, nil, nil, 0)).map(SwiftName.shortened) ?? name
        }
        if name.hasPrefix("_Z") {
            var status: Int32 = 0
            return taking(__cxa_demangle(name, nil, nil, &status)) ?? name
        }
        return name
    }

    /// A text that the C library allocated, and that this frees.
    private static func taking(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
