/// Content-Disposition of a response (RFC 6266).
extension ContentDisposition {
    /// The field's value for a file with that name: "attachment; filename=\"x.txt\"", and for a name that is not plain
    /// ASCII also `filename*` (RFC 8187), which clients that know it prefer.
    ///
    /// - Parameter type: "attachment" or "inline".
    public static func value(_ type: String, fileName: String) -> String {
        let name = fileName.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        // Some clients decode "%41", and some take "\\" for a separator (RFC 6266 appendix D).
        let plain = name.map { isPlain($0) ? $0 : "_" }
        var value = type + "; filename=\"" + String(String.UnicodeScalarView(plain)) + "\""
        if !name.allSatisfy(isPlain) {
            value += "; filename*=UTF-8''"
            for byte in String(String.UnicodeScalarView(name)).utf8 { value += encoded(byte) }
        }
        return value
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar != "\"" && scalar != "\\" && scalar != "%"
    }

    /// attr-char of RFC 8187 section 3.2.1, and everything else percent-encoded.
    private static func encoded(_ byte: UInt8) -> String {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return String(Unicode.Scalar(byte))
        case _ where "!#$&+-.^_`|~".utf8.contains(byte): return String(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
    }
}
