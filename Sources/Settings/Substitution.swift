import Values

/// The text with its variables filled in, or the variable that is not set.
enum Substituted: Equatable {
    case text(String)
    case unset(String)
}

/// Fills `${NAME}` and `${NAME:-text}` in, and turns `$${…}` into `${…}`.
///
/// A name ends at the first `}`; braces inside make it no reference, as in Backstage. A variable
/// that is not set makes the whole text undefined; one that is empty only where `:-` follows.
/// What is filled in is trimmed and not looked at again.
func substitute(_ text: String, _ environment: [String: String]) -> Substituted {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return .text(text) }
    var output = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
        let body = rest[start.upperBound...]
        guard let end = body.firstIndex(where: { $0 == "}" || $0 == "{" }) else { break }
        let before = rest[..<start.lowerBound]
        guard body[end] == "}" else {
            output += rest[..<end]
            rest = rest[end...]
            continue
        }
        rest = body[body.index(after: end)...]
        if before.last == "$" {
            output += before.dropLast() + "${" + body[...end]
            continue
        }
        output += before
        let parts = reference(body[..<end])
        let value = environment[parts.name]?.trimmingBlanks
        if let fallback = parts.fallback {
            let text = value.flatMap { $0.isEmpty ? nil : $0 } ?? fallback
            guard !text.isEmpty else { return .unset(parts.name) }
            output += text
        } else {
            guard let value else { return .unset(parts.name) }
            output += value
        }
    }
    return .text(output + rest)
}

private func reference(_ body: Substring) -> (name: String, fallback: String?) {
    guard let separator = body.firstRange(of: ":-") else {
        return (String(body).trimmingBlanks, nil)
    }
    return (
        String(body[..<separator.lowerBound]).trimmingBlanks,
        String(body[separator.upperBound...]).trimmingBlanks
    )
}
