extension KindRegistry {
    /// The kinds that come with a portal, as the catalog of Backstage 4.0.0 has them.
    package static let builtIn = KindRegistry([
        component, api, resource, systems, domain, group, user, location, template,
    ])

    private static let versions = ["backstage.io/v1alpha1", "backstage.io/v1beta1"]

    private static let component = KindDefinition(
        name: "Component", versions: versions,
        fields: [
            type("service"), lifecycle(isRequired: true), owner(isRequired: true), system,
            .reference("subcomponentOf", .partOf, "Component"),
            .references("providesApis", .providesApi, "API"),
            .references("consumesApis", .consumesApi, "API"), dependsOn, dependencyOf,
        ])

    private static let api = KindDefinition(
        name: "API", versions: versions,
        fields: [
            type("openapi"), lifecycle(isRequired: true), owner(isRequired: true),
            FieldDefinition(
                "definition", .text, isRequired: true, example: "{$text: ./openapi.yaml}"),
            system,
        ])

    private static let resource = KindDefinition(
        name: "Resource", versions: versions,
        fields: [type("database"), owner(isRequired: true), dependsOn, dependencyOf, system])

    private static let systems = KindDefinition(
        name: "System", versions: versions,
        fields: [
            owner(isRequired: true), .reference("domain", .partOf, "Domain"),
            FieldDefinition("type", .text),
        ])

    private static let domain = KindDefinition(
        name: "Domain", versions: versions,
        fields: [
            owner(isRequired: true), .reference("subdomainOf", .partOf, "Domain"),
            FieldDefinition("type", .text),
        ])

    private static let group = KindDefinition(
        name: "Group", versions: versions,
        fields: [
            type("team"), profile, .reference("parent", .childOf, "Group"),
            .references("children", .parentOf, "Group", isRequired: true, example: "[]"),
            .references("members", .hasMember, "User"),
        ])

    private static let user = KindDefinition(
        name: "User", versions: versions,
        fields: [
            profile,
            .references("memberOf", .memberOf, "Group", isRequired: true, example: "[]"),
        ])

    private static let location = KindDefinition(
        name: "Location", versions: versions,
        fields: [
            FieldDefinition("type", .text), FieldDefinition("target", .text),
            FieldDefinition("targets", .list(of: .text), example: "[./catalog-info.yaml]"),
            FieldDefinition("presence", .choice(["required", "optional"])),
        ])

    private static let template = KindDefinition(
        name: "Template", versions: ["scaffolder.backstage.io/v1beta3"],
        retired: [
            "scaffolder.backstage.io/v1beta2": retiredTemplate,
            "backstage.io/v1beta2": retiredTemplate, "backstage.io/v1alpha1": retiredTemplate,
            "backstage.io/v1beta1": retiredTemplate,
        ],
        fields: [
            type("service"), owner(isRequired: false), lifecycle(isRequired: false),
            FieldDefinition("parameters", .mapOrMaps), FieldDefinition("secrets", .map()),
            FieldDefinition("presentation", .map()),
            FieldDefinition(
                "steps", .list(of: .map(stepFields)), isRequired: true,
                example: "[{id: fetch, action: 'fetch:template', input: {url: ./skeleton}}]"),
            FieldDefinition("output", .map(outputFields, others: .anyText)),
        ])

    private static let retiredTemplate =
        "write `apiVersion: scaffolder.backstage.io/v1beta3`; in it `parameters` and `steps` use"
        + " `${{ … }}` instead of `{{ … }}`"

    private static let stepFields = [
        FieldDefinition("id", .anyText), FieldDefinition("name", .anyText),
        FieldDefinition("action", .anyText, isRequired: true, example: "debug:log"),
        FieldDefinition("input", .map()), FieldDefinition("if", .textOrFlag),
    ]

    private static let outputFields = [
        FieldDefinition(
            "links",
            .list(
                of: .map([
                    FieldDefinition("if", .textOrFlag), FieldDefinition("url", .text),
                    FieldDefinition("entityRef", .text), FieldDefinition("title", .text),
                    FieldDefinition("icon", .text),
                ]))),
        FieldDefinition(
            "text",
            .list(
                of: .map([
                    FieldDefinition("if", .textOrFlag), FieldDefinition("title", .text),
                    FieldDefinition("icon", .text), FieldDefinition("content", .anyText),
                ]))),
    ]

    // MARK: Fields that several kinds have

    private static func type(_ example: String) -> FieldDefinition {
        FieldDefinition("type", .text, isRequired: true, example: example)
    }

    private static func lifecycle(isRequired: Bool) -> FieldDefinition {
        FieldDefinition("lifecycle", .text, isRequired: isRequired, example: "production")
    }

    private static func owner(isRequired: Bool) -> FieldDefinition {
        .reference("owner", .ownedBy, "Group", isRequired: isRequired, example: "team-a")
    }

    private static let system = FieldDefinition.reference("system", .partOf, "System")
    private static let dependsOn = FieldDefinition.references("dependsOn", .dependsOn, nil)
    private static let dependencyOf = FieldDefinition.references(
        "dependencyOf", .dependencyOf, nil)

    private static let profile = FieldDefinition(
        "profile",
        .map([
            FieldDefinition("displayName", .text), FieldDefinition("email", .text),
            FieldDefinition("picture", .text),
        ]))
}

extension FieldDefinition {
    fileprivate static func reference(
        _ name: String, _ type: RelationType, _ defaultKind: String?, isRequired: Bool = false,
        example: String = ""
    ) -> FieldDefinition {
        FieldDefinition(
            name, .text, isRequired: isRequired, example: example,
            relation: RelationRule(type, defaultKind: defaultKind))
    }

    fileprivate static func references(
        _ name: String, _ type: RelationType, _ defaultKind: String?, isRequired: Bool = false,
        example: String = ""
    ) -> FieldDefinition {
        FieldDefinition(
            name, .list(of: .text), isRequired: isRequired, example: example,
            relation: RelationRule(type, defaultKind: defaultKind))
    }
}
