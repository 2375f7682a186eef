import CatalogModel
import Values

/// What tells a person in a content: the reference, addresses and names.
///
/// Pure. A bare name counts only where it can be nothing but a reference to a user (the members of
/// a group), since others may be called alike.
struct PersonTraces: Sendable {
    /// What stands in the place of what was erased.
    static let replacement = "erased"

    let ref: EntityRef
    /// References in text, folded.
    private let references: [String]
    /// E-mail addresses and full names, folded.
    private var texts: Set<String> = []

    init(_ ref: EntityRef) {
        self.ref = ref
        var references = [ref.canonical]
        if ref.namespace.lowercased() == "default" {
            references.append("user:\(folded(ref.name))")
        }
        self.references = references
    }

    /// Learns from a content of the user's own.
    mutating func learn(_ content: JSON) {
        let profile = content.at("spec", "profile")
        if let email = profile?["email"]?.string, email.contains("@") {
            texts.insert(folded(email))
        }
        for name in [profile?["displayName"]?.string, content.at("metadata", "title")?.string] {
            // A single word may mean anything.
            if let name, name.contains(" "), name.utf8.count >= 5 { texts.insert(folded(name)) }
        }
    }

    /// Whether some of it may be in these bytes: quick, and right where it says no.
    func mayOccur(in bytes: [UInt8]) -> Bool {
        let low = bytes.map(Self.lower)
        return ([folded(ref.name)] + texts).contains { Self.find(Array($0.utf8), low[...]) != nil }
    }

    /// The content without it; nil where nothing of it is there.
    func erased(from content: JSON) -> JSON? {
        var builder = JSONBuilder()
        var isChanged = false
        copy(content, path: [], to: &builder, &isChanged)
        return isChanged ? builder.finish() : nil
    }

    private func copy(
        _ value: JSON, path: [String], to builder: inout JSONBuilder, _ isChanged: inout Bool
    ) {
        switch value.kind {
        case .object:
            builder.beginObject()
            for (name, inner) in value.members {
                let name = name.string ?? ""
                builder.key(name)
                copy(inner, path: path + [name], to: &builder, &isChanged)
            }
            builder.end()
        case .array:
            builder.beginArray()
            for inner in value.elements {
                copy(inner, path: path, to: &builder, &isChanged)
            }
            builder.end()
        case .string:
            let text = value.string ?? ""
            if let clean = erased(from: text, isMember: path == ["spec", "members"]) {
                isChanged = true
                builder.string(clean)
            } else {
                builder.copy(value)
            }
        default: builder.copy(value)
        }
    }

    /// A text without it; nil where nothing of it is there.
    func erased(from text: String, isMember: Bool) -> String? {
        if isMember, let named = try? EntityRef.parse(text, defaultKind: "User"),
            named.canonical == ref.canonical
        {
            return Self.replacement
        }
        var bytes = Array(text.utf8)
        var isChanged = false
        for reference in references {
            let isFound = Self.replace(
                Array(reference.utf8), in: &bytes,
                by: Array("user:default/\(Self.replacement)".utf8))
            isChanged = isFound || isChanged
        }
        for text in texts.sorted() {
            let isFound = Self.replace(
                Array(text.utf8), in: &bytes, by: Array(Self.replacement.utf8))
            isChanged = isFound || isChanged
        }
        return isChanged ? String(decoding: bytes, as: UTF8.self) : nil
    }

    // MARK: Bytes

    /// Replaces every occurrence that is no part of a longer name.
    private static func replace(
        _ needle: [UInt8], in bytes: inout [UInt8], by replacement: [UInt8]
    ) -> Bool {
        var low = bytes.map(lower)
        var isChanged = false
        var start = 0
        while let found = find(needle, low[start...]) {
            let end = found + needle.count
            let isWhole =
                (found == 0 || !isOfName(low[found - 1]))
                && (end == low.count || !isOfName(low[end]))
            guard isWhole else {
                start = found + 1
                continue
            }
            bytes.replaceSubrange(found..<end, with: replacement)
            low.replaceSubrange(found..<end, with: replacement)
            start = found + replacement.count
            isChanged = true
        }
        return isChanged
    }

    private static func find(_ needle: [UInt8], _ hay: ArraySlice<UInt8>) -> Int? {
        guard let first = needle.first else { return nil }
        var rest = hay
        while let found = rest.firstIndex(of: first) {
            rest = rest[found...]
            if rest.starts(with: needle) { return found }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (65...90).contains(byte) ? byte + 32 : byte
    }

    /// Letters, digits, `_`, `-` and everything beyond ASCII.
    private static func isOfName(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == 95 || byte == 45
            || byte >= 128
    }
}
