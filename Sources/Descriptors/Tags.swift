import Values

private let core = "tag:yaml.org,2002:"

/// What a scalar with a tag means; a warning where nobody knows the tag.
///
/// `!!int`, `!!float`, `!!bool` and `!!null` hold only for text that looks like it, also in
/// quotes. An unknown tag leaves the text as text, as Backstage's parser does.
func tagged(
    _ text: UnsafeBufferPointer<UInt8>, _ tag: String, file: String?, at place: TextPosition
) -> (CoreScalar, Diagnostic?) {
    let isKnown = ["str", "binary", "timestamp", "merge"].contains { tag == core + $0 }
    guard !isKnown else { return (.string, nil) }
    let meaning = coreScalar(text)
    let hasPoint = text.contains { ".eE".utf8.contains($0) } && !text.starts(with: "0x".utf8)
    switch meaning {
    case .null where tag == core + "null" && !hasPoint: return (.null, nil)
    case .null where tag == core + "float" && hasPoint: return (.null, nil)
    case .bool where tag == core + "bool": return (meaning, nil)
    case .integer where tag == core + (hasPoint ? "float" : "int"): return (meaning, nil)
    case .number where tag == core + (hasPoint ? "float" : "int"): return (meaning, nil)
    default: return (.string, unknownTag(tag, file: file, at: place, kept: "text"))
    }
}

/// A warning where a tag on a map or list is not known; the value stays as it is.
func collectionTagWarning(_ tag: String, file: String?, at place: TextPosition) -> Diagnostic? {
    let isKnown = ["map", "seq", "set", "omap", "pairs"].contains { tag == core + $0 }
    return isKnown ? nil : unknownTag(tag, file: file, at: place, kept: "value")
}

private func unknownTag(
    _ tag: String, file: String?, at place: TextPosition, kept: String
) -> Diagnostic {
    let short = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.utf8.count) : tag
    return Diagnostic(
        "yaml.unknown-tag", severity: .warning, file: file, at: place,
        "the tag `\(short.prefix(80))` means nothing here; the \(kept) is kept as it stands",
        reason: "tags such as `!Ref` or `!reference` belong to other programs",
        remedy: "remove the tag, or quote the value if `!` is part of its text")
}
