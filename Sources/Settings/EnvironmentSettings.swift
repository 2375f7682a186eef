import Values

private let prefix = "APP_CONFIG_"

/// The settings in variables such as `APP_CONFIG_app_title`: JSON, or else plain text.
///
/// `_` separates keys, so that keys which hold one cannot be set. Variables are taken in the
/// order of their names; variables inside the values are not filled in.
func environmentSettings(
    _ environment: [String: String]
) -> (setting: Setting?, diagnostics: [Diagnostic]) {
    var root: Setting?
    var diagnostics: [Diagnostic] = []
    let names = environment.keys.filter { $0.hasPrefix(prefix) }.sorted()
    for name in names {
        guard let text = environment[name], !text.isEmpty else { continue }
        let keys = name.dropFirst(prefix.count).split(
            separator: "_", omittingEmptySubsequences: false)
        let origin = SettingOrigin(file: "environment variable \(name)", place: .unknown)
        guard keys.allSatisfy(isKeyPart) else {
            diagnostics.append(
                refusal(
                    name, "the name of this variable is no path of keys",
                    "join keys of letters and digits with `_`: APP_CONFIG_app_title"))
            continue
        }
        var value = Setting(.string(text), origin)
        if let json = try? JSON.parse(text) { value = plainSetting(json, origin) }
        guard !value.isNull else {
            diagnostics.append(refusal(name, "a variable cannot be null", "unset the variable"))
            continue
        }
        let whole = keys.reversed().reduce(value) { inner, key in
            Setting(.object([Setting.Member(key: String(key), value: inner)]), origin)
        }
        if let root, let twin = overridden(root, keys[...]) {
            diagnostics.append(
                refusal(
                    name, "this variable and another one set the same key",
                    "unset it or \(twin.file)"))
            continue
        }
        root = root?.merged(with: whole) ?? whole
    }
    return (root, diagnostics)
}

private func isKeyPart(_ part: Substring) -> Bool {
    guard let first = part.first, first.isASCII, first.isLetter else { return false }
    return part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
}

/// The value that stands in the way of setting a key.
private func overridden(_ setting: Setting, _ keys: ArraySlice<Substring>) -> SettingOrigin? {
    guard let key = keys.first else { return setting.origin }
    guard case .object = setting.content else { return setting.origin }
    return setting[String(key)].flatMap { overridden($0, keys.dropFirst()) }
}

private func plainSetting(_ json: JSON, _ origin: SettingOrigin) -> Setting {
    switch json.kind {
    case .null: Setting(.null, origin)
    case .bool: Setting(.bool(json.bool ?? false), origin)
    case .integer, .number: Setting(.number(json.double ?? 0), origin)
    case .string: Setting(.string(json.string ?? ""), origin)
    case .array: Setting(.list(json.elements.map { plainSetting($0, origin) }), origin)
    case .object:
        Setting(
            .object(
                json.members.map {
                    Setting.Member(key: $0.key.string ?? "", value: plainSetting($0.value, origin))
                }), origin)
    }
}

private func refusal(_ name: String, _ summary: String, _ remedy: String) -> Diagnostic {
    Diagnostic(
        "config.bad-variable", file: "environment variable \(name)", summary, remedy: remedy)
}
