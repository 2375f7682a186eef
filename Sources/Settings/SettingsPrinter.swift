import Descriptors
import Values

extension PortalSettings {
    /// The merged configuration with stars instead of secrets.
    ///
    /// A secret is what is declared as one, and what its key or its look gives away: tokens,
    /// passwords, private keys, passwords inside addresses and connection strings.
    package func redacted(_ declared: [ConfigKeys]) -> Setting {
        let empty = Setting(.object([]), SettingOrigin(file: "defaults", place: .unknown))
        return redact(root ?? empty, "", KeyTree(declared), isSecret: false)
    }

    /// The merged configuration as YAML with stars instead of secrets.
    ///
    /// - Parameter origins: whether each value is followed by the place it comes from.
    package func yaml(_ declared: [ConfigKeys], origins: Bool = false) -> String {
        var writer = YAMLWriter(showsOrigins: origins)
        writer.members(of: redacted(declared), indent: 0)
        return writer.output.isEmpty ? "{}\n" : writer.output
    }
}

private let stars = "********"

private func redact(
    _ setting: Setting, _ name: String, _ tree: KeyTree?, isSecret: Bool
) -> Setting {
    var setting = setting
    let isSecret = isSecret || tree?.key?.type.isSecret == true || isSecretName(name)
    switch setting.content {
    case .null, .bool: break
    case .number: if isSecret { setting.content = .string(stars) }
    case .string(let text):
        setting.content = .string(isSecret && !text.isEmpty ? stars : withoutPasswords(text))
    case .list(let elements):
        setting.content = .list(
            elements.map { redact($0, "", tree?.element, isSecret: isSecret) })
    case .object(let members):
        setting.content = .object(
            members.map {
                let value = redact($0.value, $0.key, tree?.member($0.key), isSecret: isSecret)
                return Setting.Member(key: $0.key, value: value)
            })
    }
    return setting
}

/// Whether a key by its name holds something that nobody else may see.
func isSecretName(_ name: String) -> Bool {
    let plain = String(
        String.UnicodeScalarView(
            name.lowercased().unicodeScalars.filter { $0 != "-" && $0 != "_" && $0 != "." }))
    let about = [
        "url", "uri", "endpoint", "name", "expiration", "expiry", "ttl", "lifetime", "path", "type",
        "provider", "algorithm", "length", "limit", "issuer",
    ]
    guard !about.contains(where: { plain.hasSuffix($0) }) else { return false }
    let secrets = [
        "token", "secret", "password", "passwd", "passphrase", "privatekey", "apikey", "accesskey",
        "secretkey", "authorization", "credential", "cookie", "pskfile", "accountkey", "saskey",
    ]
    return secrets.contains { plain.contains($0) }
}

/// The text with stars for the password of an address, and for `password=…` and its like.
private func withoutPasswords(_ text: String) -> String {
    if text.contains("PRIVATE KEY-----") { return stars }
    var text = text
    if let scheme = text.firstRange(of: "://") {
        let rest = text[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@"),
            let colon = authority[..<at].firstIndex(of: ":")
        {
            text.replaceSubrange(text.index(after: colon)..<at, with: stars)
        }
    }
    for name in ["password=", "pwd=", "token=", "secret=", "apikey=", "api_key=", "accountkey="] {
        var start = text.startIndex
        while let found = text[start...].lowercased().firstRange(of: name) {
            // Lower case may have another length; the distance holds for what is ASCII.
            let lower = text[start...].lowercased()
            let distance = lower.distance(from: lower.startIndex, to: found.upperBound)
            guard let from = text.index(start, offsetBy: distance, limitedBy: text.endIndex) else {
                break
            }
            let to = text[from...].firstIndex { " &;'\"".contains($0) } ?? text.endIndex
            let offset = text.distance(from: text.startIndex, to: from)
            if from < to { text.replaceSubrange(from..<to, with: stars) }
            start = text.index(text.startIndex, offsetBy: offset)
        }
    }
    return text
}

/// Writes settings as YAML in block style.
private struct YAMLWriter {
    let showsOrigins: Bool
    var output = ""

    init(showsOrigins: Bool) {
        self.showsOrigins = showsOrigins
    }

    mutating func members(of setting: Setting, indent: Int) {
        for member in setting.members {
            output += String(repeating: " ", count: indent) + scalar(member.key) + ":"
            value(member.value, indent: indent)
        }
    }

    private mutating func value(_ setting: Setting, indent: Int) {
        switch setting.content {
        case .object(let members) where !members.isEmpty:
            output += "\n"
            self.members(of: setting, indent: indent + 2)
        case .list(let elements) where !elements.isEmpty:
            output += "\n"
            for element in elements {
                output += String(repeating: " ", count: indent + 2) + "-"
                if case .object(let members) = element.content, !members.isEmpty {
                    // The first key stands behind the dash, the others below it.
                    let start = output.endIndex
                    self.members(of: element, indent: indent + 4)
                    let blanks = output.index(start, offsetBy: indent + 4)
                    output.replaceSubrange(start..<blanks, with: " ")
                } else {
                    value(element, indent: indent + 2)
                }
            }
        default:
            output += " " + flat(setting)
            if showsOrigins { output += " # \(setting.origin.text)" }
            output += "\n"
        }
    }

    private func flat(_ setting: Setting) -> String {
        switch setting.content {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value): javaScriptText(of: value)
        case .string(let text): scalar(text)
        case .list: "[]"
        case .object: "{}"
        }
    }

    /// Text as a plain scalar where that reads back as the same text, else in double quotes.
    private func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20, 0x2D, 0x2E, 0x2F, 0x5F, 0x80...:
                true
            default: false
            }
        }
        let isMarker = text.hasPrefix("-") || text.hasPrefix(" ") || text.hasSuffix(" ")
        if isPlain, !isMarker, coreScalar(text) == .string,
            text.unicodeScalars.allSatisfy({ $0.value < 0x80 || $0.properties.isAlphabetic })
        {
            return text
        }
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
