package import Values

extension PortalSettings {
    /// The keys of a path: `a.b[0].c` as `a`, `b`, `0`, `c`.
    static func keys(of path: String) -> [String] {
        path.split { ".[]".contains($0) }.map(String.init)
    }

    /// The value at a path of keys, which may hold dots themselves.
    ///
    /// Nil where it is absent or null, or where the path leads through what holds no keys.
    package func setting(_ keys: [String]) -> Setting? {
        var value = root
        for key in keys {
            guard let present = value else { return nil }
            let elements = present.elements
            if let index = Int(key), elements.indices.contains(index) {
                value = elements[index]
            } else {
                value = present[key]
            }
        }
        guard let value, !value.isNull else { return nil }
        return value
    }

    /// The value at a path as JSON; nil where it is absent or null.
    package func value(_ path: String) -> JSON? { setting(Self.keys(of: path))?.json }

    /// Whether there is a value at a path that is not null.
    package func has(_ path: String) -> Bool { setting(Self.keys(of: path)) != nil }

    /// Where the value at a path stands.
    package func origin(of path: String) -> SettingOrigin? { setting(Self.keys(of: path))?.origin }

    /// The part at a path; one without content where it is absent.
    package func section(_ path: String) -> PortalSettings {
        let keys = Self.keys(of: path)
        return part(keys, setting(keys))
    }

    /// The elements of the list at a path, each a part; none where there is no list.
    package func elements(_ path: String) -> [PortalSettings] {
        let keys = Self.keys(of: path)
        let elements = setting(keys)?.elements ?? []
        return elements.enumerated().map { part(keys + ["\($0.offset)"], $0.element) }
    }

    /// The members of the object at a path, each a part; those that are null are left out.
    package func members(_ path: String) -> [(name: String, settings: PortalSettings)] {
        let keys = Self.keys(of: path)
        let members = setting(keys)?.members.filter { !$0.value.isNull } ?? []
        return members.map { ($0.key, part(keys + [$0.key], $0.value)) }
    }

    // MARK: Values of a kind

    /// Text that is not empty; nil where the key is absent.
    package func string(_ path: String) throws(Diagnostic) -> String? {
        try read(path, .string) { setting in
            if case .string(let text) = setting.content, !text.isEmpty { return text }
            return nil
        }
    }

    /// A whole number, also as text; nil where the key is absent.
    package func int(_ path: String) throws(Diagnostic) -> Int? {
        try read(path, .integer(nil)) { number($0).flatMap { Int(exactly: $0) } }
    }

    /// A number, also as text; nil where the key is absent.
    package func double(_ path: String) throws(Diagnostic) -> Double? {
        try read(path, .number, number)
    }

    /// A boolean, also as `yes`, `on`, `1`, `no`, `off`, `0`; nil where the key is absent.
    package func bool(_ path: String) throws(Diagnostic) -> Bool? {
        try read(path, .bool, boolean)
    }

    /// A duration in any of its forms; nil where the key is absent.
    ///
    /// - Parameter allowsNumbers: whether a number counts as milliseconds.
    package func duration(
        _ path: String, allowsNumbers: Bool = false
    ) throws(Diagnostic) -> Duration? {
        guard let value = try present(path) else { return nil }
        do throws(DurationSyntaxError) {
            return try parseDuration(value.json, allowsNumbers: allowsNumbers)
        } catch {
            let path = whole(Self.keys(of: path))
            throw wrongKind(path, value, expected: ConfigType.duration.name, error.message)
        }
    }

    /// The texts of a list; none where the key is absent.
    ///
    /// - Parameter allowsOne: whether a single text counts as a list of one.
    package func strings(
        _ path: String, allowsOne: Bool = false
    ) throws(Diagnostic) -> [String] {
        guard let value = try present(path) else { return [] }
        if allowsOne, case .string(let text) = value.content, !text.isEmpty { return [text] }
        let keys = Self.keys(of: path)
        guard case .list(let elements) = value.content else {
            throw wrongKind(whole(keys), value, expected: ConfigType.list(.string).name)
        }
        var texts: [String] = []
        for (number, element) in elements.enumerated() {
            guard case .string(let text) = element.content, !text.isEmpty else {
                throw wrongKind(
                    whole(keys + ["\(number)"]), element, expected: ConfigType.string.name)
            }
            texts.append(text)
        }
        return texts
    }

    /// What a getter gave, or a diagnostic that says why the key is absent.
    package func required<Value>(_ path: String, _ value: Value?) throws(Diagnostic) -> Value {
        if let value { return value }
        let path = whole(Self.keys(of: path))
        guard let variable = unset[path] else {
            let origin = root?.origin
            throw Diagnostic(
                "config.missing", file: origin?.file, at: origin?.place ?? .unknown,
                pointer: path, "`\(path)` is required and absent",
                remedy: "add the key to app-config.yaml")
        }
        let name = variable.name
        throw Diagnostic(
            "config.missing", file: variable.origin.file, at: variable.origin.place,
            pointer: path, "`\(path)` is required and absent",
            reason: "the environment variable \(name) is not set",
            remedy: "set \(name), or give a default: `${\(name):-…}`")
    }

    private func read<Value>(
        _ path: String, _ type: ConfigType, _ convert: (Setting) -> Value?
    ) throws(Diagnostic) -> Value? {
        guard let value = try present(path) else { return nil }
        guard let converted = convert(value) else {
            throw wrongKind(whole(Self.keys(of: path)), value, expected: type.name)
        }
        return converted
    }

    /// The value at a path; a fault where the path leads through what holds no keys.
    private func present(_ path: String) throws(Diagnostic) -> Setting? {
        let keys = Self.keys(of: path)
        if let value = setting(keys) { return value }
        for count in keys.indices {
            guard let parent = setting(Array(keys.prefix(count))) else { return nil }
            switch parent.content {
            case .object, .list: continue
            default:
                throw wrongKind(whole(keys.prefix(count)), parent, expected: ConfigType.object.name)
            }
        }
        return nil
    }
}

/// A number, also one that is text.
func number(_ setting: Setting) -> Double? {
    switch setting.content {
    case .number(let value): return value
    case .string(let text):
        guard let value = Double(text.trimmingBlanks), value.isFinite else { return nil }
        return value
    default: return nil
    }
}

/// A boolean, also the words and digits that Backstage takes for one.
func boolean(_ setting: Setting) -> Bool? {
    let text: String
    switch setting.content {
    case .bool(let value): return value
    case .number(let value): text = javaScriptText(of: value)
    case .string(let value): text = value.trimmingBlanks.lowercased()
    default: return nil
    }
    if ["y", "yes", "true", "1", "on"].contains(text) { return true }
    return ["n", "no", "false", "0", "off"].contains(text) ? false : nil
}

func wrongKind(
    _ path: String, _ setting: Setting, expected: String, _ detail: String? = nil
) -> Diagnostic {
    let found = detail.map { "\(setting.kindName): \($0)" } ?? setting.kindName
    return Diagnostic(
        "config.wrong-value", file: setting.origin.file, at: setting.origin.place, pointer: path,
        "`\(path)` must be \(expected)", reason: "found \(found)",
        remedy: remedy(setting, expected))
}

private func remedy(_ setting: Setting, _ expected: String) -> String {
    let isScalar: Bool
    switch setting.content {
    case .number, .bool: isScalar = true
    default: isScalar = false
    }
    if isScalar, expected.hasPrefix("text") { return "quote it" }
    if expected.hasPrefix("a list") { return "write each entry in a line of its own with `- `" }
    return "write \(expected), or delete the key"
}
