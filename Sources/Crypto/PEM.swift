/// Text armour around DER: one block between `-----BEGIN …-----` and `-----END …-----`.
enum PEM {
    /// The content and the label of the only block; text around it is refused.
    ///
    /// Headers inside, as encrypted keys of old have them, are refused as well.
    static func decode(_ text: String) throws(CryptoError) -> (label: String, der: Secret) {
        let lines = text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        guard let first = lines.first, let last = lines.last, lines.count >= 3,
            first.hasPrefix("-----BEGIN "), first.hasSuffix("-----"), first.count > 16
        else {
            throw .malformed("a key in PEM", reason: "there is no line -----BEGIN ...-----")
        }
        let label = String(first.dropFirst(11).dropLast(5))
        guard last == "-----END \(label)-----" else {
            throw .malformed("a key in PEM", reason: "it does not end with -----END \(label)-----")
        }
        guard let der = Base64.decode(lines.dropFirst().dropLast().joined()) else {
            throw .malformed("a key in PEM", reason: "what is between its lines is not base 64")
        }
        return (label, Secret(der))
    }

    /// The block of some DER, 64 characters a line.
    static func encode(_ der: [UInt8], label: String) -> String {
        var rest = Base64.encode(der)[...]
        var text = "-----BEGIN \(label)-----\n"
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END \(label)-----\n"
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { start[...$0] } ?? ""
    }
}
