/// The targets of Package.swift in their order, read from its text.
///
/// It understands the manifest's own helper functions, not Swift: `part`, `partWithAssets`,
/// `library`, `native`, and the few targets that are written out.
struct PackageMap {
    enum Kind {
        case swift
        case c
        /// What tests share. Nothing that is shipped may import it.
        case testSupport
    }

    struct Target {
        var name: String
        var kind: Kind
        var dependencies: [String]
    }

    let targets: [Target]
    private let places: [String: Int]

    init(manifest text: String) {
        var found: [(at: String.Index, target: Target)] = []
        for (call, kind) in Self.calls {
            var rest = text[...]
            while let range = rest.firstRange(of: call) {
                rest = rest[range.upperBound...]
                // A declaration, or a longer name that ends like this one.
                let before = text[..<range.lowerBound]
                if before.hasSuffix("func ") { continue }
                if let last = before.last, last.isLetter { continue }
                let texts = Self.texts(inCallThatBeginsWith: rest)
                guard let name = texts.first else { continue }
                found.append(
                    (range.lowerBound, Target(name: name, kind: kind, dependencies: texts)))
            }
        }
        found.sort { $0.at < $1.at }
        targets = found.map { item in
            var target = item.target
            target.dependencies.removeFirst()
            if target.name.hasSuffix("TestSupport") { target.kind = .testSupport }
            return target
        }
        places = Dictionary(
            targets.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static let calls: [(String, Kind)] = [
        ("part(", .swift), ("partWithAssets(", .swift), ("executableTarget(", .swift),
        ("library(", .c), ("native(", .c), ("systemLibrary(", .c),
    ]

    /// The text literals up to the bracket that ends the call.
    private static func texts(inCallThatBeginsWith text: Substring) -> [String] {
        var texts: [String] = []
        var depth = 1
        var current: String?
        for character in text {
            if let started = current {
                if character == "\"" {
                    texts.append(started)
                    current = nil
                } else {
                    current = started + String(character)
                }
            } else if character == "\"" {
                current = ""
            } else if character == "(" {
                depth += 1
            } else if character == ")" {
                depth -= 1
                if depth == 0 { break }
            }
        }
        return texts
    }

    subscript(_ name: String) -> Target? { places[name].map { targets[$0] } }

    /// Whether the first stands above the second, where it may be imported by it.
    func isAbove(_ first: String, _ second: String) -> Bool {
        guard let first = places[first], let second = places[second] else { return false }
        return first < second
    }

    /// Features stand between `Portal`, which says what one is, and `Server`, which lists them.
    func isFeature(_ name: String) -> Bool {
        self[name]?.kind == .swift && isAbove("Portal", name) && isAbove(name, "Server")
    }
}
