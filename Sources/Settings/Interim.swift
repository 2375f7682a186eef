import Descriptors
import Glibc
package import Values

package struct SettingsInput: Sendable {
    package var files: [String]
    package var environment: [String: String]
    package var workingFolder: String
    package init(files: [String], environment: [String: String], workingFolder: String) {
        self.files = files
        self.environment = environment
        self.workingFolder = workingFolder
    }
}
package struct SettingsFailure: Error, Sendable { package let diagnostics: [Diagnostic] }
package struct ConfigKey: Sendable { package let path: String }
package struct Settings: Sendable {
    package var root: JSON
    package static func load(_ input: SettingsInput) throws(SettingsFailure) -> Settings {
        var merged: JSON = .null
        for file in input.files {
            guard let f = fopen(file, "r") else { throw SettingsFailure(diagnostics: [Diagnostic("config.missing", file: file, "cannot open")]) }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let n = fread(&bytes, 1, bytes.count, f)
            fclose(f)
            let docs = readDocuments(Array(bytes[..<n]), file: file)
            guard let d = docs.documents.first else { throw SettingsFailure(diagnostics: docs.diagnostics) }
            var b = JSONBuilder()
            subst(d.root, input.environment, &b)
            let j = b.finish()
            merged = merged.isNull ? j : merge(merged, j)
        }
        return Settings(root: merged)
    }
    static func merge(_ a: JSON, _ b: JSON) -> JSON {
        guard a.kind == .object, b.kind == .object else { return b }
        var out = JSONBuilder()
        out.beginObject()
        for (k, v) in a.members { out.copy(k); if let o = b[k.string ?? ""] { out.copy(merge(v, o)) } else { out.copy(v) } }
        for (k, v) in b.members where a[k.string ?? ""] == nil { out.copy(k); out.copy(v) }
        out.end()
        return out.finish()
    }
    static func subst(_ j: JSON, _ env: [String: String], _ b: inout JSONBuilder) {
        switch j.kind {
        case .object: b.beginObject(); for (k, v) in j.members { b.copy(k); subst(v, env, &b) }; b.end()
        case .array: b.beginArray(); for v in j.elements { subst(v, env, &b) }; b.end()
        case .string:
            var s = j.string ?? ""
            while let r = s.range(of: "${"), let e = s[r.upperBound...].firstIndex(of: "}") {
                let name = s[r.upperBound..<e]
                let parts = name.split(separator: ":-", maxSplits: 1)
                guard let v = env[String(parts[0])] ?? (parts.count > 1 ? String(parts[1]) : nil) else { b.null(); return }
                s = s[..<r.lowerBound] + v + s[s.index(after: e)...]
            }
            b.string(s)
        default: b.copy(j)
        }
    }
    package func value(_ path: String) -> JSON? {
        var v = root
        for p in path.split(separator: ".") {
            if v.kind == .array, let i = Int(p), i < v.count { v = Array(v.elements)[i]; continue }
            guard let n = v[String(p)] else { return nil }; v = n }
        return v.isNull ? nil : v
    }
    package func string(_ p: String) throws(Diagnostic) -> String? { value(p)?.string }
    package func int(_ p: String) throws(Diagnostic) -> Int? { value(p)?.int ?? value(p)?.string.flatMap { Int($0) } }
    package func bool(_ p: String) throws(Diagnostic) -> Bool? { value(p)?.bool }
    package func duration(_ p: String) throws(Diagnostic) -> Duration? { value(p)?["minutes"]?.int.map { .seconds($0 * 60) } }
    package func strings(_ p: String) throws(Diagnostic) -> [String] { value(p)?.elements.compactMap(\.string) ?? [] }
    package func has(_ p: String) -> Bool { value(p) != nil }
    package func elements(_ p: String) -> [Settings] { value(p)?.elements.map { Settings(root: $0) } ?? [] }
    package func origin(of p: String) -> (file: String, place: TextPosition)? { nil }
}
extension String {
    func range(of t: String) -> Range<String.Index>? { firstRange(of: t) }
}
