import Descriptors
import Values

/// Turns a parsed file into settings: variables filled in, `$env`, `$file` and `$include` replaced.
struct SettingsResolver {
    /// The file that a value stands in.
    private struct Context {
        /// How diagnostics name the file.
        let name: String
        let folder: String
        /// The folder of the outermost file, and how its name begins.
        let base: (path: String, name: String)
        /// What is being included, outermost first: `path#fragment`.
        var chain: [String]
    }

    /// Includes within each other; Backstage has no bound and never ends on a cycle.
    private static let includeDepth = 32
    /// Files in all: two lines that include twice what includes twice … are 2³² files.
    private static let fileCount = 1_000

    private let environment: [String: String]
    private(set) var diagnostics: [Diagnostic] = []
    /// Every file that was looked at, also those that do not exist.
    private(set) var files: [String] = []
    /// The keys that are absent because a variable is not set, with the variable.
    private(set) var unset: [String: UnsetVariable] = [:]

    init(environment: [String: String]) {
        self.environment = environment
    }

    /// Reads one file of the configuration; nil where it is empty or cannot be used.
    ///
    /// - Parameter name: its path as it was given, which diagnostics repeat.
    mutating func file(_ name: String, in folder: String) -> Setting? {
        guard !name.contains("://") else {
            report(
                "remote-file", name, .unknown, "a configuration cannot be loaded from an address",
                remedy: "save it as a file and name that with `--config`")
            return nil
        }
        let path = settingsPath(name, in: folder)
        guard let json = parse(name, at: path, include: nil) else { return nil }
        guard json.kind == .object else {
            report(
                "not-an-object", name, json.place, "the configuration is no object",
                remedy: "begin with keys such as `app:` and `backend:`")
            return nil
        }
        let given = name.contains("/") ? settingsFolder(of: name) + "/" : ""
        let context = Context(
            name: name, folder: settingsFolder(of: path),
            base: (settingsFolder(of: path) + "/", given), chain: ["\(path)#"])
        return resolve(json, "", context)
    }

    // MARK: Values

    private mutating func resolve(_ json: JSON, _ path: String, _ context: Context) -> Setting? {
        let origin = SettingOrigin(file: context.name, place: json.place)
        switch json.kind {
        case .null: return Setting(.null, origin)
        case .bool: return Setting(.bool(json.bool ?? false), origin)
        case .integer, .number: return Setting(.number(json.double ?? 0), origin)
        case .string:
            guard let text = filled(json, path, origin) else { return nil }
            return Setting(.string(text), origin)
        case .array:
            var elements: [Setting] = []
            for (number, element) in json.elements.enumerated() {
                if let value = resolve(element, "\(path)[\(number)]", context) {
                    elements.append(value)
                }
            }
            return Setting(.list(elements), origin)
        case .object:
            if let key = json.members.first(where: { isDirective($0.key) }) {
                return directive(key.key.string ?? "", key.value, json, path, context)
            }
            var members: [Setting.Member] = []
            for member in json.members {
                let key = member.key.string ?? ""
                let inner = path.isEmpty ? key : "\(path).\(key)"
                guard let value = resolve(member.value, inner, context) else { continue }
                members.append(Setting.Member(key: key, value: value))
            }
            return Setting(.object(members), origin)
        }
    }

    private func isDirective(_ key: JSON) -> Bool {
        key.isString("$env") || key.isString("$file") || key.isString("$include")
    }

    private mutating func filled(_ json: JSON, _ path: String, _ origin: SettingOrigin) -> String? {
        switch substitute(json.string ?? "", environment) {
        case .text(let text): return text
        case .unset(let name):
            unset[path] = UnsetVariable(name: name, origin: origin)
            return nil
        }
    }

    // MARK: Directives

    private mutating func directive(
        _ key: String, _ value: JSON, _ object: JSON, _ path: String, _ context: Context
    ) -> Setting? {
        let origin = SettingOrigin(file: context.name, place: value.place)
        guard object.count == 1 else {
            return fail(
                "lonely-directive", origin, "`\(key)` cannot have other keys beside it",
                "leave `\(key)` as the only key of its object")
        }
        guard value.kind == .string else {
            return fail(
                "bad-directive", origin, "`\(key)` must be text", "quote it")
        }
        guard case .text(let target) = substitute(value.string ?? "", environment) else {
            return fail(
                "unset-directive", origin, "`\(key)` names a variable that is not set",
                "set the variable, or give it a default: `${NAME:-text}`")
        }
        switch key {
        case "$env":
            guard let text = environment[target]?.trimmingBlanks else {
                unset[path] = UnsetVariable(name: target, origin: origin)
                return nil
            }
            return Setting(.string(text), origin)
        case "$file": return text(of: target, origin, context)
        default: return include(target, path, origin, context)
        }
    }

    private mutating func text(
        of target: String, _ origin: SettingOrigin, _ context: Context
    ) -> Setting? {
        let path = settingsPath(target, in: context.folder)
        guard let bytes = read(path, target, origin) else { return nil }
        var text = String(decoding: bytes, as: UTF8.self)
        while let last = text.unicodeScalars.last, last.properties.isWhitespace {
            text.unicodeScalars.removeLast()
        }
        return Setting(.string(text), origin)
    }

    private mutating func include(
        _ target: String, _ path: String, _ origin: SettingOrigin, _ context: Context
    ) -> Setting? {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let file = settingsPath(String(parts[0]), in: context.folder)
        let fragment = parts.count > 1 ? String(parts[1]) : ""
        guard [".json", ".yaml", ".yml"].contains(where: { file.hasSuffix($0) }) else {
            return fail(
                "bad-include", origin, "`\(parts[0])` cannot be included",
                "include a file that ends in .json, .yaml or .yml; `$file` takes any text")
        }
        let link = "\(file)#\(fragment)"
        guard !context.chain.contains(link), context.chain.count <= Self.includeDepth,
            files.count < Self.fileCount
        else {
            return fail(
                "circular-include", origin, "`\(target)` includes itself, or too much is included",
                "remove one of the `$include` in the circle")
        }
        guard var value = parse(shown(file, context), at: file, include: origin) else { return nil }
        for key in fragment.split(separator: ".") {
            guard value.kind == .object else {
                return fail(
                    "bad-fragment", origin, "`#\(fragment)` leads through what is no object",
                    "look at the keys of `\(parts[0])`")
            }
            guard let inner = value[String(key)] else { return nil }
            value = inner
        }
        let inner = Context(
            name: shown(file, context), folder: settingsFolder(of: file), base: context.base,
            chain: context.chain + [link])
        return resolve(value, path, inner)
    }

    /// A file's path as a person would write it who named the file that includes it.
    private func shown(_ file: String, _ context: Context) -> String {
        guard file.hasPrefix(context.base.path) else { return file }
        return context.base.name + file.dropFirst(context.base.path.count)
    }

    // MARK: Files

    private mutating func read(_ path: String, _ name: String, _ origin: SettingOrigin?) -> [UInt8]?
    {
        files.append(path)
        do throws(SettingsReadFault) {
            return try readSettingsFile(path)
        } catch {
            let file = origin?.file ?? name
            let place = origin?.place ?? .unknown
            switch error {
            case .missing:
                report(
                    "missing-file", file, place, "`\(name)` does not exist", reason: path,
                    remedy: "create the file or mend the path, which starts at the folder of the"
                        + " file that names it")
            case .unreadable(let reason):
                report("unreadable-file", file, place, "`\(name)` cannot be read", reason: reason)
            case .tooLarge:
                report("too-large", file, place, "`\(name)` is larger than 10 MB")
            }
            return nil
        }
    }

    private mutating func parse(
        _ name: String, at path: String, include origin: SettingOrigin?
    ) -> JSON? {
        guard let bytes = read(path, name, origin) else { return nil }
        let found = readDocuments(bytes, file: name)
        diagnostics += found.diagnostics
        guard found.isWhole else { return nil }
        if found.documents.count > 1 {
            report(
                "several-documents", name, found.documents[1].place,
                "the configuration is one document, and here a second one begins",
                remedy: "remove the line `---`, or make it a file and name both with `--config`")
            return nil
        }
        return found.documents.first?.root
    }

    private mutating func fail(
        _ code: String, _ origin: SettingOrigin, _ summary: String, _ remedy: String
    ) -> Setting? {
        report(code, origin.file, origin.place, summary, remedy: remedy)
        return nil
    }

    private mutating func report(
        _ code: String, _ file: String, _ place: TextPosition, _ summary: String,
        reason: String? = nil, remedy: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                "config.\(code)", file: file, at: place, summary, reason: reason, remedy: remedy))
    }
}
