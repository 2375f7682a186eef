extension RequestHead {
    /// The query's names and values, read anew with each call.
    package var queryItems: QueryItems { QueryItems(query) }

    /// The cookies in order; a quoted value comes without its quotes, a part without `=` is passed
    /// over.
    ///
    /// Values are not decoded any further: what is in them is their writer's.
    package var cookies: [(name: String, value: String)] {
        guard let header = headers["Cookie"] else { return [] }
        return header.utf8.split(separator: UInt8(ascii: ";")).compactMap { part in
            guard let mark = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = trimmedText(part[..<mark])
            var value = trimmedText(part[mark...].dropFirst())
            if value.utf8.count > 1, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
            }
            return name.isEmpty ? nil : (name, value)
        }
    }

    /// The first cookie of the name, which compares exactly; nil where there is none.
    package func cookie(_ name: String) -> String? {
        cookies.first { $0.name == name }?.value
    }

    /// Whether the caller takes a body in gzip, by `Accept-Encoding` with its weights.
    package var acceptsGzip: Bool {
        var byName: Bool?
        var byStar: Bool?
        for part in headers.all("Accept-Encoding").joined(separator: ",").utf8
            .split(separator: UInt8(ascii: ","))
        {
            let pieces = part.split(separator: UInt8(ascii: ";")).map { trimmedText($0) }
            guard let coding = pieces.first?.lowercased() else { continue }
            let isWanted = !pieces.dropFirst().contains { isZeroWeight($0) }
            if coding == "gzip" || coding == "x-gzip" { byName = isWanted }
            if coding == "*" { byStar = isWanted }
        }
        return byName ?? byStar ?? false
    }

    /// Whether a parameter is `q=0`, `q=0.0`, `q=0.00` or `q=0.000`.
    private func isZeroWeight(_ parameter: String) -> Bool {
        let text = parameter.lowercased().utf8.filter { $0 != UInt8(ascii: " ") }
        guard text.starts(with: "q=0".utf8) else { return false }
        return text.dropFirst(3).allSatisfy { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "0") }
    }

    /// Whether `If-None-Match` names the tag, so that the answer is a 304.
    package func hasCurrent(_ tag: EntityTag) -> Bool {
        EntityTag.isNamed(tag, in: headers.all("If-None-Match"), byWeak: true)
    }

    /// Whether a change may go on: there is no `If-Match`, or it names the tag strongly.
    ///
    /// - Parameter tag: nil where there is nothing yet, which no `If-Match` allows.
    package func permitsChange(of tag: EntityTag?) -> Bool {
        let wanted = headers.all("If-Match")
        guard !wanted.isEmpty else { return true }
        guard let tag else { return false }
        return EntityTag.isNamed(tag, in: wanted, byWeak: false)
    }
}

/// The text without blanks and tabs at both ends.
private func trimmedText(_ bytes: Substring.UTF8View) -> String {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    var rest = bytes.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
    return String(Substring(rest))
}
