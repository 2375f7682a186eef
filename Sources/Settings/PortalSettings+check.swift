package import Values

extension PortalSettings {
    /// Compares the values with what is declared.
    ///
    /// A key that nobody declared is accepted: it may belong to another program. Where it is nearly
    /// a declared one, that is said as information, and so is a key that is absent because a
    /// variable is not set. A wrong value in a declared key is an error.
    package func check(_ declared: [ConfigKeys]) -> [Diagnostic] {
        var check = Check()
        if let root { check.walk(root, "", KeyTree(declared)) }
        return check.diagnostics + absent
    }

    private var absent: [Diagnostic] {
        unset.filter { !has($0.key) }.sorted { $0.key < $1.key }.map { path, variable in
            Diagnostic(
                "config.variable-not-set", severity: .info, file: variable.origin.file,
                at: variable.origin.place, pointer: path,
                "`\(path)` is absent because the variable \(variable.name) is not set",
                remedy: "set it, or give a default: `${\(variable.name):-…}`")
        }
    }
}

private struct Check {
    var diagnostics: [Diagnostic] = []

    mutating func walk(_ setting: Setting, _ path: String, _ tree: KeyTree) {
        guard !setting.isNull else { return }
        if let key = tree.key {
            if let fault = mismatch(setting, key.type) {
                let path = fault.path.isEmpty ? path : path + fault.path
                diagnostics.append(
                    wrongKind(path, fault.setting, expected: key.type.name, fault.detail))
                return
            }
        } else if !fits(setting, tree) {
            let expected = tree.hasMembers ? "an object" : "a list"
            diagnostics.append(wrongKind(path, setting, expected: expected))
            return
        }
        if let element = tree.element {
            for (number, value) in setting.elements.enumerated() {
                walk(value, "\(path)[\(number)]", element)
            }
        }
        guard tree.hasMembers else { return }
        for member in setting.members {
            let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
            if let next = tree.member(member.key) {
                walk(member.value, inner, next)
            } else if let near = nearest(member.key, in: tree, setting) {
                diagnostics.append(
                    Diagnostic(
                        "config.perhaps-misspelt", severity: .info,
                        file: member.value.origin.file, at: member.value.origin.place,
                        pointer: inner, "nothing here reads `\(inner)`; perhaps `\(near)` is meant",
                        remedy: "write `\(near)`, or leave it if another program reads it"))
            }
        }
    }

    /// Whether the value can hold the keys that are declared beneath it.
    private func fits(_ setting: Setting, _ tree: KeyTree) -> Bool {
        switch setting.content {
        case .object: tree.hasMembers || !tree.hasElements
        case .list: tree.hasElements || !tree.hasMembers
        default: !tree.hasMembers && !tree.hasElements
        }
    }
}

private typealias Mismatch = (setting: Setting, path: String, detail: String?)

/// What does not fit a type; nil where all does.
private func mismatch(_ setting: Setting, _ type: ConfigType) -> Mismatch? {
    func wrong(_ isRight: Bool, _ detail: String? = nil) -> Mismatch? {
        isRight ? nil : (setting, "", detail)
    }
    switch (type, setting.content) {
    case (.any, _), (.object, .object), (.bool, .bool), (.number, .number): return nil
    case (.string, .string(let text)), (.secret, .string(let text)): return wrong(!text.isEmpty)
    case (.integer(let range), _):
        guard let value = number(setting), let whole = Int(exactly: value) else {
            return wrong(false)
        }
        return wrong(range?.contains(whole) ?? true, "\(whole)")
    case (.number, _): return wrong(number(setting) != nil)
    case (.bool, _): return wrong(boolean(setting) != nil)
    case (.duration, _), (.durationOrMilliseconds, _):
        do throws(DurationSyntaxError) {
            _ = try parseDuration(
                setting.json, allowsNumbers: type == .durationOrMilliseconds)
            return nil
        } catch {
            return wrong(false, error.message)
        }
    case (.url, .string(let text)): return wrong(isWebAddress(text), "`\(text.prefix(80))`")
    case (.choice(let words), .string(let text)):
        return wrong(words.contains(text), "`\(text.prefix(80))`")
    case (.list(let type), .list(let elements)):
        for (number, element) in elements.enumerated() {
            guard let inner = mismatch(element, type) else { continue }
            return (inner.setting, "[\(number)]\(inner.path)", inner.detail)
        }
        return nil
    case (.either(let types), _):
        let faults = types.map { mismatch(setting, $0) }
        return faults.contains { $0 == nil } ? nil : wrong(false)
    default: return wrong(false)
    }
}

private func isWebAddress(_ text: String) -> Bool {
    let lower = text.prefix(8).lowercased()
    return ["http://", "https://"].contains { lower.hasPrefix($0) && text.count > $0.count }
}

/// The declared key that is nearest to a name, if it is near and not in use.
private func nearest(_ name: String, in tree: KeyTree, _ setting: Setting) -> String? {
    guard name.utf8.count >= 4, name.utf8.count <= 40, !tree.takesAnyName else { return nil }
    let found = tree.names.keys
        .filter { setting[$0] == nil }
        .map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
        .filter { $0.distance <= 2 && $0.distance * 2 < $0.name.utf8.count }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return found?.name
}

/// How many bytes must be added, removed or changed to make one name the other.
private func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (number, byte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = number + 1
        for index in right.indices {
            let changed = diagonal + (byte == right[index] ? 0 : 1)
            diagonal = row[index + 1]
            row[index + 1] = min(changed, row[index] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
