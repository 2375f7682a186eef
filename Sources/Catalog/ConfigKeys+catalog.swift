package import Settings

extension ConfigKeys {
    /// What the catalog reads and takes in.
    package static let catalog = ConfigKeys(
        owner: "Catalog",
        [
            ConfigKey(
                "catalog.locations", .list(.object), default: "none", "Where reading begins."),
            ConfigKey(
                "catalog.locations[].type", .string,
                "`file` for paths and patterns on this machine, `url` for addresses."),
            ConfigKey(
                "catalog.locations[].target", .string,
                "The path, from the working folder on, or the address."),
            ConfigKey(
                "catalog.locations[].presence", .choice(["required", "optional"]),
                default: "required", "Whether it is a problem if nothing is there."),
            ConfigKey(
                "catalog.locations[].rules", .list(.object), default: "none",
                "What may come from this location, beside what `catalog.rules` allows."),
            ConfigKey(
                "catalog.locations[].rules[].allow", .list(.either([.string, .object])),
                "Kinds, or `{kind: …, spec.type: …}`."),
            ConfigKey(
                "catalog.rules", .list(.object), default: "Component, API and Location",
                "Which kinds may come from where."),
            ConfigKey(
                "catalog.rules[].allow", .list(.either([.string, .object])),
                "Kinds, or `{kind: …, spec.type: …}`."),
            ConfigKey(
                "catalog.rules[].locations", .list(.object), default: "all",
                "The locations that the rule is about."),
            ConfigKey(
                "catalog.rules[].locations[].type", .string, default: "url",
                "The type of such a location."),
            ConfigKey(
                "catalog.rules[].locations[].exact", .string, "The target, letter by letter."),
            ConfigKey(
                "catalog.rules[].locations[].pattern", .string,
                "A pattern of the target: `*`, `**`, `?`, `{a,b}`."),
            ConfigKey(
                "catalog.processingInterval", .either([.bool, .duration]), default: "2 minutes",
                "How often addresses are asked for changes; false for never."),
            ConfigKey(
                "catalog.orphanStrategy", .choice(["keep", "delete"]), default: "delete",
                "What becomes of entities that no location leads to any more."),
            ConfigKey(
                "catalog.readonly", .bool, default: "false",
                "Whether locations can be registered and removed through the API."),
            ConfigKey(
                "callboard.catalog.history.keepAll", .either([.bool, .duration]),
                default: "365 days",
                "For how long every past version of an entity is kept; `true` for ever."),
            ConfigKey(
                "callboard.catalog.history.thenKeep",
                .choice(HistoryRule.Thinning.allCases.map(\.rawValue)), default: "daily",
                "After that: the last version of each day, seven or thirty days, or none."),
            ConfigKey(
                "callboard.catalog.history.forgetAfter", .either([.bool, .duration]),
                default: "false",
                "After how long no past version is kept; false for never."),
        ])
}
