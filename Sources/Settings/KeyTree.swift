/// Declared keys by their path, for walking beside a configuration.
struct KeyTree {
    private(set) var names: [String: KeyTree] = [:]
    /// What `<name>` leads to; none or one.
    private var wildcard: [KeyTree] = []
    /// What `[]` leads to; none or one.
    private var elements: [KeyTree] = []
    private(set) var key: ConfigKey?

    init() {}

    init(_ declared: [ConfigKeys]) {
        for keys in declared {
            for key in keys.keys { insert(key, steps(of: key.path)[...]) }
        }
    }

    /// Whether any key is declared beneath a list.
    var hasElements: Bool { !elements.isEmpty }
    /// Whether any key is declared beneath an object.
    var hasMembers: Bool { !names.isEmpty || !wildcard.isEmpty }
    /// Whether all keys are allowed by name.
    var takesAnyName: Bool { !wildcard.isEmpty }

    /// What is declared for a member, for it alone and for any; nil where nothing is.
    func member(_ name: String) -> KeyTree? {
        guard let general = wildcard.first else { return names[name] }
        return names[name]?.filled(from: general) ?? general
    }

    /// This tree, and what another has besides.
    private func filled(from other: KeyTree) -> KeyTree {
        var filled = self
        filled.key = key ?? other.key
        for (name, tree) in other.names {
            filled.names[name] = names[name]?.filled(from: tree) ?? tree
        }
        if wildcard.isEmpty { filled.wildcard = other.wildcard }
        if elements.isEmpty { filled.elements = other.elements }
        return filled
    }

    /// What is declared for the elements of a list.
    var element: KeyTree? { elements.first }

    private mutating func insert(_ key: ConfigKey, _ steps: ArraySlice<String>) {
        guard let step = steps.first else {
            self.key = key
            return
        }
        let rest = steps.dropFirst()
        if step == "[]" {
            if elements.isEmpty { elements = [KeyTree()] }
            elements[0].insert(key, rest)
        } else if step.hasPrefix("<") {
            if wildcard.isEmpty { wildcard = [KeyTree()] }
            wildcard[0].insert(key, rest)
        } else {
            names[step, default: KeyTree()].insert(key, rest)
        }
    }
}

/// `a.b[].<c>` as `a`, `b`, `[]`, `<c>`.
private func steps(of path: String) -> [String] {
    path.split(separator: ".").flatMap { part -> [String] in
        var name = part
        var brackets = 0
        while name.hasSuffix("[]") {
            name = name.dropLast(2)
            brackets += 1
        }
        return (name.isEmpty ? [] : [String(name)]) + Array(repeating: "[]", count: brackets)
    }
}
