/// What a source may import: only what stands above its target, and no feature from a feature.
enum ImportRules {
    /// Of the toolchain, what the product may use.
    ///
    /// Foundation is missing on purpose: it is slow where bytes are hot, and it traps and hangs
    /// where input is hostile.
    static let toolchain: Set = ["Swift", "Glibc", "Synchronization", "FoundationEssentials"]

    static func check(_ path: String, _ text: String, _ map: PackageMap) -> [Breach] {
        guard let target = target(of: path) else { return [] }
        return imports(text).compactMap { item in
            reason(against: item.module, in: target, map).map {
                Breach(path: path, line: item.line, what: $0)
            }
        }
    }

    private static func reason(
        against module: String, in target: String, _ map: PackageMap
    ) -> String? {
        guard let own = map[target] else {
            return "the target \(target) is not in Package.swift"
        }
        guard let imported = map[module] else {
            let isAllowed =
                toolchain.contains(module) || own.kind == .testSupport && module == "Testing"
            return isAllowed
                ? nil : "imports \(module), which is neither ours nor of \(toolchain.sorted())"
        }
        if !map.isAbove(module, target) {
            return "imports \(module), which stands below \(target) in Package.swift"
        }
        if map.isFeature(target), map.isFeature(module) {
            return "a feature imports the feature \(module); what both need belongs above them"
        }
        if imported.kind == .testSupport, own.kind != .testSupport {
            return "imports \(module), which is for tests"
        }
        if !own.dependencies.contains(module) {
            return "imports \(module), which \(target)'s line in Package.swift does not name"
        }
        return nil
    }

    /// C modules that more than one target imports.
    static func checkOneImporter(
        _ files: [(path: String, text: String)], _ map: PackageMap
    ) -> [Breach] {
        var importers: [String: Set<String>] = [:]
        var places: [Breach] = []
        for file in files {
            guard let target = target(of: file.path) else { continue }
            for item in imports(file.text) where map[item.module]?.kind == .c {
                importers[item.module, default: []].insert(target)
                places.append(Breach(path: file.path, line: item.line, what: item.module))
            }
        }
        return places.compactMap { place in
            let all = importers[place.what, default: []].sorted()
            guard all.count > 1 else { return nil }
            var breach = place
            breach.what = "\(place.what) has one door, but these import it: \(all)"
            return breach
        }
    }

    static func target(of path: String) -> String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// Every import declaration, with its line.
    static func imports(_ text: String) -> [(line: Int, module: String)] {
        SwiftCode(text).code.enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import") else { return nil }
            let before = words[..<place]
            let isDeclaration = before.allSatisfy {
                $0.hasPrefix("@")
                    || ["public", "package", "internal", "fileprivate", "private"].contains($0)
            }
            guard isDeclaration else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let rest = words[(place + 1)...].drop { kinds.contains(String($0)) }
            guard let module = rest.first?.prefix(while: { $0 != "." && $0 != ";" }) else {
                return nil
            }
            return (index + 1, String(module))
        }
    }
}
