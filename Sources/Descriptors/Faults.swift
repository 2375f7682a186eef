import Values

// The sentences for everything that is refused for another reason than its syntax.

func tooLarge(_ count: Int, _ limit: Int, file: String?) -> Diagnostic {
    Diagnostic(
        "yaml.too-large", file: file, "the file is too large to be read",
        reason: "it has \(count) bytes, and \(limit) are allowed",
        remedy: "split it into several files and name them in a Location")
}

func utf16Fault(_ bytes: UnsafeBufferPointer<UInt8>, file: String?) -> Diagnostic? {
    guard bytes.count >= 2 else { return nil }
    let (first, second) = (bytes[0], bytes[1])
    let hasMark = first == 0xFF && second == 0xFE || first == 0xFE && second == 0xFF
    guard hasMark || first == 0 || second == 0 else { return nil }
    return Diagnostic(
        "yaml.utf16", file: file, at: TextPosition(line: 1, column: 1),
        "the file is not UTF-8 but UTF-16 or UTF-32",
        reason: hasMark ? "it begins with the mark of UTF-16" : "it begins with a zero byte",
        remedy: "save it as UTF-8; on Windows: `Out-File -Encoding utf8`")
}

func diagnostic(
    for fault: ByteFault, file: String?, at place: TextPosition, limits: DescriptorLimits
) -> Diagnostic {
    switch fault {
    case .notUTF8(let byte):
        return Diagnostic(
            "yaml.not-utf8", file: file, at: place, "this byte is not UTF-8",
            reason: "found 0x\(hex(UInt32(byte), 2)); the text may be in Latin-1 or Windows-1252",
            remedy: "save the file as UTF-8")
    case .control(let scalar):
        return Diagnostic(
            "yaml.control-character", file: file, at: place,
            "a control character stands in the text", reason: "found U+\(hex(scalar, 4))",
            remedy: "delete it, or write it in double quotes as `\\u\(hex(scalar, 4))`")
    case .combiningMarks:
        return Diagnostic(
            "yaml.combining-marks", file: file, at: place,
            "more than \(limits.combiningMarks) marks are stacked on one character",
            remedy: "delete the marks: no such text can be shown")
    case .tooManyTagDirectives:
        return Diagnostic(
            "yaml.too-many-directives", file: file, at: place,
            "there are more than \(limits.tagDirectives) `%TAG` lines",
            remedy: "delete them: tags mean nothing here")
    }
}

func diagnostic(
    for fault: NodeFault, file: String?, at place: TextPosition, limits: DescriptorLimits
) -> Diagnostic {
    let (code, summary, reason, remedy) = words(for: fault, at: place, limits)
    return Diagnostic(
        "yaml.\(code)", file: file, at: place, summary, reason: reason, remedy: remedy)
}

private typealias Words = (code: String, summary: String, reason: String?, remedy: String?)

private func words(
    for fault: NodeFault, at place: TextPosition, _ limits: DescriptorLimits
) -> Words {
    switch fault {
    case .tooDeep:
        return (
            "too-deep", "values stand more than \(limits.depth) levels deep in each other", nil,
            "put a large definition into a file of its own and name it with `$text`"
        )
    case .tooManyNodes:
        return (
            "too-many-values", "the file holds more than \(limits.nodes) values", nil,
            "split it into several files and name them in a Location"
        )
    case .tooMuchText: return ("too-large", "the file holds too much text", nil, nil)
    case .combiningMarks:
        return (
            "combining-marks",
            "more than \(limits.combiningMarks) marks are stacked on one character", nil,
            "delete the marks: no such text can be shown"
        )
    case .nul:
        return (
            "nul", "an escape stands for the character U+0000", "no database can store it",
            "delete the escape"
        )
    case .complexKey:
        return (
            "complex-key", "a map or list that stands as a key is too long",
            "as a key it becomes text, of at most \(limits.complexKeyBytes) bytes",
            "use text as the key, and put the map or list into the value"
        )
    case .duplicateKey(let name, let first):
        return (
            "duplicate-key", "the key `\(shown(name))` comes twice in the same map",
            "it stands in line \(first.line) and in line \(place.line)",
            "delete one of the two, or move one to the map where it belongs"
        )
    case .unknownAlias(let name):
        return (
            "unknown-alias", "`*\(shown(name))` names an anchor that does not come before it",
            "a `*` at the beginning of a value repeats what `&\(shown(name))` marked",
            "quote the value if `*` is part of its text, or mark the value with the anchor"
        )
    case .circularAlias(let name):
        return (
            "circular-alias", "`*\(shown(name))` stands inside the value that it repeats", nil,
            "move the anchor to a value that does not hold the alias"
        )
    case .aliasBudget:
        return (
            "too-many-aliases", "aliases repeat more than \(limits.aliasNodes) values",
            "a few lines of aliases can stand for more than any memory holds",
            "write the values out, or repeat smaller ones"
        )
    }
}

func tooManyDocuments(
    _ limits: DescriptorLimits, file: String?, at place: TextPosition
) -> Diagnostic {
    Diagnostic(
        "yaml.too-many-documents", file: file, at: place,
        "the file holds more than \(limits.documents) documents; the rest is not read",
        remedy: "split it into several files and name them in a Location")
}

func tooManyFaults(_ limits: DescriptorLimits, file: String?, at place: TextPosition) -> Diagnostic
{
    Diagnostic(
        "yaml.too-many-faults", file: file, at: place,
        "\(limits.faults) documents are broken; the rest of the file is not read",
        remedy: "mend the first ones, and the others will show")
}

func oldVersion(file: String?, at place: TextPosition) -> Diagnostic {
    Diagnostic(
        "yaml.old-version", severity: .warning, file: file, at: place,
        "the document asks for YAML 1.1 and is read as YAML 1.2",
        reason: "`yes`, `on` and `017` stay text or decimal, and `<<` merges nothing",
        remedy: "delete the `%YAML` line, and write `true` and `false`")
}

func ignoredDirective(file: String?, at place: TextPosition) -> Diagnostic {
    Diagnostic(
        "yaml.ignored-directive", severity: .warning, file: file, at: place,
        "this directive is not known and is ignored", remedy: "delete the line")
}

func bracesWarning(file: String?, at place: TextPosition) -> Diagnostic {
    Diagnostic(
        "yaml.unquoted-braces", severity: .warning, file: file, at: place,
        "`{{ … }}` without quotes is a map, not text",
        reason: "a `{` at the beginning of a value opens a map in flow style",
        remedy: "render the template first, or quote the value: `\"{{ … }}\"`")
}

private func shown(_ name: String) -> String { String(name.unicodeScalars.prefix(80)) }

private func hex(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
