internal import Values

/// Which kinds may come from which locations (`catalog.rules` and `catalog.locations[].rules`).
///
/// An entity is allowed where one rule allows it, judged by the location that reading began with.
package struct CatalogRules: Sendable {
    /// One allowance: a kind in any case, and where given exactly this `spec.type`.
    package struct Allowance: Sendable {
        package let kind: String
        package let specType: String?

        package init(kind: String, specType: String? = nil) {
            self.kind = folded(kind)
            self.specType = specType
        }
    }

    /// Which locations a rule is about.
    package struct Matcher: Sendable {
        package let type: String
        package let matches: @Sendable (String) -> Bool

        /// - Parameter matches: whether a target is meant, exactly or by a pattern.
        package init(type: String, matches: @escaping @Sendable (String) -> Bool) {
            self.type = type
            self.matches = matches
        }
    }

    /// What may come from where.
    package struct Rule: Sendable {
        /// Any of these.
        package let allow: [Allowance]
        /// nil: all locations.
        package let locations: [Matcher]?

        package init(allow: [Allowance], locations: [Matcher]? = nil) {
            self.allow = allow
            self.locations = locations
        }
    }

    /// Any of them will do.
    package var rules: [Rule]

    package init(_ rules: [Rule]) {
        self.rules = rules
    }

    /// What holds where nothing is configured: Component, API and Location from everywhere.
    package static let standard = CatalogRules([
        Rule(allow: ["Component", "API", "Location"].map { Allowance(kind: $0) })
    ])

    /// Whether an entity may come from a location; `kind` in any case, `specType` exactly.
    package func allows(kind: String, specType: String?, origin: LocationRef) -> Bool {
        let kind = folded(kind)
        return rules.contains { rule in
            let isMeant =
                rule.locations?.contains {
                    $0.type == origin.type && $0.matches(origin.target)
                } ?? true
            return isMeant
                && rule.allow.contains {
                    $0.kind == kind && ($0.specType == nil || $0.specType == specType)
                }
        }
    }
}
