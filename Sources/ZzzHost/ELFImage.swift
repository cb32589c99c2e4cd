// What an ELF file says about itself (elf(5)), read without loading it, so that the common mistakes get a plain
// sentence instead of the dynamic linker's.

/// The header of a 64-bit little-endian ELF file, and whether everything it speaks of is inside the file.
struct ELFImage: Equatable {
    /// Why bytes are not a shared library that this machine can load.
    enum Fault: Error, Equatable {
        case notELF(hint: String?)
        case wrongClass
        case wrongByteOrder
        case wrongMachine(UInt16)
        case wrongType(UInt16)
        case malformed(String)
        /// The file says that it has at least `needed` bytes.
        case truncated(needed: UInt64)
    }

    static let headerByteCount = 64
    private static let programHeaderByteCount = 56
    private static let sectionHeaderByteCount = 64
    private static let noBits: UInt32 = 8
    private static let dynamicType: UInt16 = 3

    /// e_machine of the machine that this code was compiled for.
    #if arch(x86_64)
        static let hostMachine: UInt16 = 62
    #elseif arch(arm64)
        static let hostMachine: UInt16 = 183
    #endif

    let machine: UInt16

    /// Checks a file of `byteCount` bytes, read piece by piece through `read(offset, count)`, which returns fewer bytes
    /// only at the end of the file.
    init(
        byteCount: UInt64, read: (_ offset: UInt64, _ count: Int) throws(FaultOrFailure) -> [UInt8]
    ) throws(FaultOrFailure) {
        let header = try read(0, Self.headerByteCount)
        do {
            machine = try Self.checkHeader(header)
        } catch {
            throw .fault(error)
        }
        try Self.checkProgramHeaders(header, byteCount, read)
        try Self.checkSectionHeaders(header, byteCount, read)
    }

    /// A fault of the file, or a system call that failed while it was read.
    enum FaultOrFailure: Error {
        case fault(Fault)
        case failure(SystemError)
    }

    private static func checkHeader(_ header: [UInt8]) throws(Fault) -> UInt16 {
        let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]
        guard header.starts(with: magic) else {
            // The first bytes of an ELF file that ends right there.
            if !header.isEmpty, magic.starts(with: header) { throw .truncated(needed: UInt64(headerByteCount)) }
            throw .notELF(hint: hint(header))
        }
        guard header.count == headerByteCount else { throw .truncated(needed: UInt64(headerByteCount)) }
        guard header[4] == 2 else { throw .wrongClass }
        guard header[5] == 1 else { throw .wrongByteOrder }
        let machine = header.littleEndian(at: 18, as: UInt16.self)
        guard machine == hostMachine else { throw .wrongMachine(machine) }
        let type = header.littleEndian(at: 16, as: UInt16.self)
        guard type == dynamicType else { throw .wrongType(type) }
        return machine
    }

    /// What the file might be instead.
    private static func hint(_ header: [UInt8]) -> String? {
        if header.allSatisfy({ $0 == 0 }) { return "it begins with zero bytes: it was not written to its end" }
        if header.starts(with: "!<arch>".utf8) { return "it is a static library" }
        if header.starts(with: "#!".utf8) { return "it is a script" }
        if header.starts(with: "MZ".utf8) { return "it is a Windows program" }
        if header.starts(with: [0xCF, 0xFA, 0xED, 0xFE]) { return "it is a macOS program" }
        if header.starts(with: [0x1F, 0x8B]) { return "it is compressed with gzip" }
        if header.starts(with: "PK".utf8) { return "it is a zip archive" }
        return nil
    }

    private static func checkProgramHeaders(
        _ header: [UInt8], _ byteCount: UInt64,
        _ read: (_ offset: UInt64, _ count: Int) throws(FaultOrFailure) -> [UInt8]
    ) throws(FaultOrFailure) {
        let offset = header.littleEndian(at: 32, as: UInt64.self)
        let size = Int(header.littleEndian(at: 54, as: UInt16.self))
        let count = Int(header.littleEndian(at: 56, as: UInt16.self))
        guard count > 0 else { throw .fault(.malformed("it has no program headers")) }
        guard size == programHeaderByteCount else { throw .fault(.malformed("its program headers have \(size) bytes")) }
        let table = try readTable(offset, size * count, byteCount, read)
        for index in 0..<count {
            let start = table.littleEndian(at: index * size + 8, as: UInt64.self)
            let length = table.littleEndian(at: index * size + 32, as: UInt64.self)
            try checkEnd(start, length, byteCount)
        }
    }

    private static func checkSectionHeaders(
        _ header: [UInt8], _ byteCount: UInt64,
        _ read: (_ offset: UInt64, _ count: Int) throws(FaultOrFailure) -> [UInt8]
    ) throws(FaultOrFailure) {
        let offset = header.littleEndian(at: 40, as: UInt64.self)
        let size = Int(header.littleEndian(at: 58, as: UInt16.self))
        let count = Int(header.littleEndian(at: 60, as: UInt16.self))
        // Section headers may be stripped.
        guard offset != 0, count != 0 else { return }
        guard size == sectionHeaderByteCount else { throw .fault(.malformed("its section headers have \(size) bytes")) }
        let table = try readTable(offset, size * count, byteCount, read)
        for index in 0..<count where table.littleEndian(at: index * size + 4, as: UInt32.self) != noBits {
            let start = table.littleEndian(at: index * size + 24, as: UInt64.self)
            let length = table.littleEndian(at: index * size + 32, as: UInt64.self)
            try checkEnd(start, length, byteCount)
        }
    }

    private static func readTable(
        _ offset: UInt64, _ length: Int, _ byteCount: UInt64,
        _ read: (_ offset: UInt64, _ count: Int) throws(FaultOrFailure) -> [UInt8]
    ) throws(FaultOrFailure) -> [UInt8] {
        try checkEnd(offset, UInt64(length), byteCount)
        let table = try read(offset, length)
        guard table.count == length else { throw .fault(.truncated(needed: offset + UInt64(length))) }
        return table
    }

    private static func checkEnd(_ start: UInt64, _ length: UInt64, _ byteCount: UInt64) throws(FaultOrFailure) {
        let (end, overflow) = start.addingReportingOverflow(length)
        guard !overflow else { throw .fault(.malformed("an offset in its headers is out of range")) }
        guard end <= byteCount else { throw .fault(.truncated(needed: end)) }
    }
}

extension ELFImage.Fault {
    /// What is wrong, and what to do.
    var explanation: (reason: String, remedy: String) {
        switch self {
        case .notELF(let hint):
            ("not an ELF file" + (hint.map { " (\($0))" } ?? ""), "an app is a shared library, linked with -shared")
        case .wrongClass: ("a 32-bit file", "build the app for \(Self.hostName)")
        case .wrongByteOrder: ("a big-endian file", "build the app for \(Self.hostName)")
        case .wrongMachine(let machine):
            (
                "built for \(Self.machineName(machine)), this machine is \(Self.hostName)",
                "build the app for \(Self.hostName)"
            )
        case .wrongType(let type): ("\(Self.typeName(type)), not a shared library", "link the app with -shared")
        case .malformed(let detail): ("a damaged ELF file (\(detail))", "build or copy it again")
        case .truncated(let needed):
            ("file is truncated (its headers speak of at least \(needed) bytes)", "copy it beside and rename it in")
        }
    }

    static var hostName: String { machineName(ELFImage.hostMachine) }

    private static func machineName(_ machine: UInt16) -> String {
        switch machine {
        case 3: "x86 (32-bit)"
        case 8: "MIPS"
        case 20, 21: "PowerPC"
        case 22: "s390x"
        case 40: "arm (32-bit)"
        case 62: "x86_64"
        case 183: "aarch64"
        case 243: "riscv"
        case 258: "loongarch"
        default: "machine number \(machine)"
        }
    }

    private static func typeName(_ type: UInt16) -> String {
        switch type {
        case 1: "an object file"
        case 2: "a program"
        case 4: "a core dump"
        default: "an ELF file of type \(type)"
        }
    }
}

extension [UInt8] {
    /// The little-endian integer at `offset`; the caller has checked the length.
    fileprivate func littleEndian<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value {
        var value: Value = 0
        for index in (0..<MemoryLayout<Value>.size).reversed() {
            value = value << 8 | Value(truncatingIfNeeded: self[offset + index])
        }
        return value
    }
}
