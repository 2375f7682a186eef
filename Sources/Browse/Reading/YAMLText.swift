import Values

/// A JSON value written as YAML 1.2 for people: blocks, few quotes, texts of several lines as such.
///
/// Read back it is the same value; what a YAML 1.1 reader would take for something else than text
/// (`yes`, `1:30`, a date) is quoted too.
struct YAMLText {
    private(set) var text = ""
    /// The line of each value by its JSON pointer, such as `/spec/owner`; from 1.
    private(set) var lines: [String: Int] = [:]
    private var line = 1

    /// An entity's content in the order in which descriptors are written.
    init(entity content: JSON) {
        let first = ["apiVersion", "kind", "metadata", "spec"]
        var members: [(key: String, value: JSON)] = []
        for name in first {
            if let value = content[name] { members.append((name, value)) }
        }
        for (key, value) in content.members {
            guard let name = key.string, !first.contains(name) else { continue }
            members.append((name, value))
        }
        writeMembers(members, indent: 0, pointer: "", isInline: false)
    }

    /// Any value.
    init(_ value: JSON) {
        if value.count > 0 {
            writeBlock(value, indent: 0, pointer: "", isInline: false)
        } else {
            write(scalarText(value, indent: 0))
            endLine()
        }
    }

    private mutating func write(_ piece: String) {
        text += piece
    }

    private mutating func endLine() {
        text += "\n"
        line += 1
    }

    private mutating func beginLine(_ indent: Int, isInline: Bool) {
        if !isInline { text += String(repeating: " ", count: indent) }
    }

    private mutating func writeBlock(_ value: JSON, indent: Int, pointer: String, isInline: Bool) {
        if value.kind == .object {
            writeMembers(
                value.members.map { ($0.key.string ?? "", $0.value) }, indent: indent,
                pointer: pointer, isInline: isInline)
            return
        }
        for (index, element) in value.elements.enumerated() {
            beginLine(indent, isInline: isInline && index == 0)
            let place = "\(pointer)/\(index)"
            lines[place] = line
            write("- ")
            if element.count > 0 {
                writeBlock(element, indent: indent + 2, pointer: place, isInline: true)
            } else {
                write(scalarText(element, indent: indent + 2))
                endLine()
            }
        }
    }

    private mutating func writeMembers(
        _ members: [(key: String, value: JSON)], indent: Int, pointer: String, isInline: Bool
    ) {
        for (index, member) in members.enumerated() {
            beginLine(indent, isInline: isInline && index == 0)
            let place = "\(pointer)/\(pointerToken(member.key))"
            lines[place] = line
            write(isPlain(member.key) ? member.key : quoted(member.key))
            write(":")
            if member.value.count > 0 {
                endLine()
                writeBlock(member.value, indent: indent + 2, pointer: place, isInline: false)
            } else {
                write(" " + scalarText(member.value, indent: indent + 2))
                endLine()
            }
        }
    }

    /// What stands behind `key:` or `-` for a value that is no filled container.
    private mutating func scalarText(_ value: JSON, indent: Int) -> String {
        switch value.kind {
        case .null: return "null"
        case .bool: return value.bool == true ? "true" : "false"
        case .integer, .number: return value.text
        case .array: return "[]"
        case .object: return "{}"
        case .string:
            let text = value.string ?? ""
            if let block = literalBlock(text, indent: indent) { return block }
            return isPlain(text) ? text : quoted(text)
        }
    }

    /// A text of several lines after `|`; nil where quotes are needed or the text is one line.
    private mutating func literalBlock(_ text: String, indent: Int) -> String? {
        guard text.unicodeScalars.contains("\n"), text.contains(where: { $0 != "\n" }),
            text.unicodeScalars.allSatisfy({ $0 == "\n" || $0 == "\t" || isPrintable($0) })
        else { return nil }
        var rows = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        var ending = "-"
        if rows.last?.isEmpty == true {
            rows.removeLast()
            ending = rows.last?.isEmpty == true ? "+" : ""
        }
        // The first line sets the indentation, unless it begins with a blank itself.
        let needsIndent =
            rows.first { !$0.isEmpty }?.first.map { $0 == " " || $0 == "\t" } == true
            || rows.first?.isEmpty == true
        let pad = String(repeating: " ", count: indent)
        let body = rows.map { $0.isEmpty ? "" : pad + String($0) }
        line += rows.count
        return (["|\(needsIndent ? "2" : "")\(ending)"] + body).joined(separator: "\n")
    }
}

/// A key as a part of a JSON pointer (RFC 6901).
private func pointerToken(_ key: String) -> String {
    key.replacing("~", with: "~0").replacing("/", with: "~1")
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: false
    default: true
    }
}

/// Words that some reader of YAML takes for something else than text.
private let reservedWords: Set<String> = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "~",
]

/// Whether a text can stand without quotes wherever a scalar may.
private func isPlain(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard let first = scalars.first, let last = scalars.last, first != " ", last != " ",
        last != ":", scalars.allSatisfy(isPrintable), !reservedWords.contains(text.lowercased())
    else { return false }
    if "-?:,[]{}#&*!|>'\"%@`=<.+".unicodeScalars.contains(first) {
        // `./file` and `../file` are frequent, and are text for every reader.
        guard text.hasPrefix("./") || text.hasPrefix("../") else { return false }
    }
    if ("0"..."9").contains(first), scalars.allSatisfy(isPartOfNumber) { return false }
    var previous: Unicode.Scalar = " "
    for scalar in scalars {
        if previous == ":", scalar == " " { return false }
        if previous == " ", scalar == "#" { return false }
        previous = scalar
    }
    return true
}

/// Numbers in all their forms, times and dates are made of these.
private func isPartOfNumber(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "a"..."f", "A"..."F", "x", "o", "X", "O", "_", ".", ":", "+", "-", "T", "Z",
        "t", "z", " ":
        true
    default: false
    }
}

/// A text in single quotes, or in double ones where characters have to be escaped.
private func quoted(_ text: String) -> String {
    if text.unicodeScalars.allSatisfy(isPrintable) {
        return "'" + text.replacing("'", with: "''") + "'"
    }
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\t": out += "\\t"
        case "\r": out += "\\r"
        default:
            if isPrintable(scalar) {
                out.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                out += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            }
        }
    }
    return out + "\""
}
