package import Values

extension CatalogRules {
    /// Reads `rules` and `locations[].rules` of the configuration's `catalog`.
    ///
    /// - Parameters:
    ///   - catalog: the value of `catalog`; without `rules` in it ``standard`` holds.
    ///   - absolute: the target of a configured location as entities will name it, for files have
    ///     absolute paths there.
    ///   - pattern: what matches a glob, in any case and with dot files; nil for no legal glob.
    /// - Returns: the rules that can be read, and what is wrong with the others. With a fault the
    ///   portal should not start: a rule that is left out would forbid what it was to allow.
    package static func read(
        _ catalog: JSON, absolute: (LocationRef) -> String,
        pattern: @escaping (String) -> (@Sendable (String) -> Bool)?
    ) -> (rules: CatalogRules, faults: [Diagnostic]) {
        var reader = RulesReader(pattern: pattern)
        var rules = standard.rules
        if let list = catalog["rules"] {
            rules = reader.rules(list, at: "/catalog/rules", from: nil)
        }
        for (index, item) in (catalog["locations"] ?? JSON.null).elements.enumerated() {
            guard let list = item["rules"], let type = item["type"]?.string,
                let target = item["target"]?.string
            else { continue }
            let wanted = absolute(LocationRef(type: type, target: target))
            rules += reader.rules(
                list, at: "/catalog/locations/\(index)/rules",
                from: Matcher(type: type) { $0 == wanted })
        }
        return (CatalogRules(rules), reader.faults)
    }
}

private struct RulesReader {
    let pattern: (String) -> (@Sendable (String) -> Bool)?
    var faults: [Diagnostic] = []

    mutating func rules(
        _ list: JSON, at pointer: String, from origin: CatalogRules.Matcher?
    ) -> [CatalogRules.Rule] {
        guard list.kind == .array else {
            add(list, pointer, "must be a list", "write `- allow: [Component]`")
            return []
        }
        var rules: [CatalogRules.Rule] = []
        for (index, item) in list.elements.enumerated() {
            let pointer = "\(pointer)/\(index)"
            guard let allow = item["allow"], allow.kind == .array else {
                add(item, pointer, "needs the list `allow`", "write `allow: [Component]`")
                continue
            }
            let allowances = allow.elements.enumerated().compactMap {
                allowance($0.element, at: "\(pointer)/allow/\($0.offset)")
            }
            let matchers =
                origin.map { [$0] }
                ?? item["locations"].map { self.matchers($0, at: "\(pointer)/locations") }
            rules.append(CatalogRules.Rule(allow: allowances, locations: matchers))
        }
        return rules
    }

    private mutating func allowance(
        _ item: JSON, at pointer: String
    ) -> CatalogRules.Allowance? {
        if let kind = item.string { return CatalogRules.Allowance(kind: kind) }
        let type = item["spec.type"]
        guard let kind = item["kind"]?.string, type == nil || type?.string != nil else {
            add(item, pointer, "must be a kind", "write `Component` or `{kind: Component}`")
            return nil
        }
        return CatalogRules.Allowance(kind: kind, specType: type?.string)
    }

    private mutating func matchers(
        _ list: JSON, at pointer: String
    ) -> [CatalogRules.Matcher] {
        guard list.kind == .array else {
            add(list, pointer, "must be a list", "write `- {type: url, pattern: …}`")
            return []
        }
        return list.elements.enumerated().compactMap {
            matcher($0.element, at: "\(pointer)/\($0.offset)")
        }
    }

    private mutating func matcher(_ item: JSON, at pointer: String) -> CatalogRules.Matcher? {
        guard let type = item["type"]?.string else {
            add(item, pointer, "needs a type", "write `type: url`")
            return nil
        }
        switch (item["exact"], item["pattern"]) {
        case (nil, nil): return CatalogRules.Matcher(type: type) { _ in true }
        case (let exact?, nil):
            if let target = exact.string {
                return CatalogRules.Matcher(type: type) { $0 == target }
            }
            add(exact, "\(pointer)/exact", "must be a text", "write the whole target")
        case (nil, let glob?):
            if let matches = glob.string.flatMap(pattern) {
                return CatalogRules.Matcher(type: type, matches: matches)
            }
            add(glob, "\(pointer)/pattern", "is no pattern", "write one such as `https://host/**`")
        default:
            add(item, pointer, "has both exact and pattern", "delete one of them")
        }
        return nil
    }

    private mutating func add(
        _ value: JSON, _ pointer: String, _ what: String, _ remedy: String
    ) {
        let path = pointer.dropFirst().replacing("/", with: ".")
        faults.append(
            Diagnostic(
                "catalog.bad-rule", at: value.place, pointer: pointer, "\(path) \(what)",
                reason: "it is \(words(for: value))", remedy: remedy))
    }
}
