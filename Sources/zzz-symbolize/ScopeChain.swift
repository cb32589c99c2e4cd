import CDW
import Glibc

/// The functions around one address of a compilation unit, inlined ones included, as DWARF's scopes tell (DWARF 5
/// section 3.3).
struct ScopeChain {
    let unit: UnsafeMutablePointer<Dwarf_Die>
    /// As the unit's DWARF counts.
    let address: UInt64

    private struct Position {
        var file: String?
        var line: Int?
        var column: Int?
    }

    /// The innermost first. Empty when the unit knows neither a function nor a line there.
    ///
    /// - Parameter symbol: the name to take when no scope encloses the address, as in a unit with lines only.
    func locations(symbol: String?) -> [SourceLocation] {
        var position = linePosition()
        var found: [SourceLocation] = []
        for var scope in scopes().reversed() {
            found.append(location(FunctionName.of(&scope) ?? symbol ?? "?", position))
            guard dwarf_tag(&scope) == DW_TAG_inlined_subroutine else { break }
            // What the caller of an inlined function was at is the call.
            position = callPosition(of: &scope)
        }
        if found.isEmpty, let symbol, position.line != nil { found.append(location(symbol, position)) }
        return found
    }

    private func location(_ function: String, _ position: Position) -> SourceLocation {
        SourceLocation(function: function, file: position.file, line: position.line, column: position.column)
    }

    /// The function scopes around the address, the outermost first.
    ///
    /// dwarf_getscopes would do, but it stops at what has no addresses of its own, as the module around all functions
    /// that swiftc writes.
    private func scopes() -> [Dwarf_Die] {
        var found: [Dwarf_Die] = []
        _ = descend(unit.pointee, &found)
        return found
    }

    private func descend(_ parent: Dwarf_Die, _ found: inout [Dwarf_Die]) -> Bool {
        var parent = parent
        var scope = Dwarf_Die()
        var status = dwarf_child(&parent, &scope)
        while status == 0 {
            let tag = Int(dwarf_tag(&scope))
            let isFunction = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine
            if isFunction || tag == DW_TAG_lexical_block, dwarf_haspc(&scope, address) == 1 {
                if isFunction { found.append(scope) }
                _ = descend(scope, &found)
                return true
            }
            // Other scopes may hold functions, also a function that holds a closure.
            let mayHoldFunctions = tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block
            if mayHoldFunctions, dwarf_haschildren(&scope) == 1, descend(scope, &found) { return true }
            var previous = scope
            status = dwarf_siblingof(&previous, &scope)
        }
        return false
    }

    /// The row of the line table that covers the address.
    private func linePosition() -> Position {
        guard let row = dwarf_getsrc_die(unit, address) else { return Position() }
        var line: Int32 = 0
        var column: Int32 = 0
        dwarf_lineno(row, &line)
        dwarf_linecol(row, &column)
        return position(dwarf_linesrc(row, nil, nil), Int(line), Int(column))
    }

    private func callPosition(of scope: UnsafeMutablePointer<Dwarf_Die>) -> Position {
        var files: OpaquePointer?
        var count = 0
        let number = constant(DW_AT_call_file, of: scope)
        let isKnown = dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count
        let name = isKnown ? dwarf_filesrc(files, number, nil, nil) : nil
        return position(name, constant(DW_AT_call_line, of: scope), constant(DW_AT_call_column, of: scope))
    }

    /// Line 0 is the compiler's way of saying that the code has no line (DWARF 5, 6.2.2).
    private func position(_ file: UnsafePointer<CChar>?, _ line: Int, _ column: Int) -> Position {
        guard let file, line > 0 else { return Position() }
        return Position(file: relative(String(cString: file)), line: line, column: column > 0 ? column : nil)
    }

    private func relative(_ file: String) -> String {
        var attribute = Dwarf_Attribute()
        guard dwarf_attr(unit, UInt32(DW_AT_comp_dir), &attribute) != nil, let text = dwarf_formstring(&attribute)
        else { return file }
        let directory = String(cString: text) + "/"
        return file.hasPrefix(directory) ? String(file.dropFirst(directory.count)) : file
    }

    private func constant(_ name: Int, of scope: UnsafeMutablePointer<Dwarf_Die>) -> Int {
        var attribute = Dwarf_Attribute()
        var value: Dwarf_Word = 0
        guard dwarf_attr(scope, UInt32(name), &attribute) != nil, dwarf_formudata(&attribute, &value) == 0
        else { return 0 }
        return Int(truncatingIfNeeded: value)
    }
}
