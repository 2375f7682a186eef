import Access
import Catalog
import CatalogModel
import Inbound
import Routing
import Values

/// What the plugin says of its permissions, and whether conditions of a decision hold.
struct PermissionRoutes: Sendable {
    let services: CatalogServices

    var routes: [Route] {
        let base = "/api/catalog/.well-known/backstage/permissions"
        return [
            Route(.get, "\(base)/metadata", access: .signedIn, handler: metadata),
            Route(
                .post, "\(base)/apply-conditions", access: .signedIn,
                bodyLimit: BodyLimit(bytes: 1 << 20), handler: apply),
        ]
    }

    // MARK: Conditions

    /// Says for each resource whether the conditions hold for it; of what is not there they do not.
    private func apply(_ request: RouteRequest) throws -> RouteReply {
        guard case .service = request.principal else {
            throw RequestFault(.notAllowed, "conditions are answered to services only")
        }
        let body = try request.jsonObject()
        guard let items = body["items"], items.kind == .array else {
            throw RequestFault(.input, "`items` is missing: a list of conditions and resources")
        }
        let reader = CatalogReader(
            services.keeper.state.snapshot, bodies: services.keeper.bodies,
            visibility: .everything(because: "a service asks what a condition holds for"))
        var json = JSONWriter()
        json.raw(#"{"items":["#)
        for (index, item) in items.elements.enumerated() {
            let (id, refs, condition) = try Self.question(item)
            let holds = reader.select(condition)
            let results = refs.map { ref in
                reader.entity(canonical: ref).map { reader.isIn(holds, $0) } ?? false
                    ? "ALLOW" : "DENY"
            }
            json.raw(index == 0 ? #"{"id":"# : #",{"id":"#)
            json.string(id)
            json.raw(#","result":"#)
            if item["resourceRef"]?.kind == .array { json.raw("[") }
            for (place, result) in results.enumerated() {
                if place > 0 { json.raw(",") }
                json.string(result)
            }
            json.raw(item["resourceRef"]?.kind == .array ? "]}" : "}")
        }
        json.raw("]}")
        return .ready(.json(json.bytes))
    }

    private static func question(_ item: JSON) throws(RequestFault)
        -> (id: String, refs: [String], condition: Predicate)
    {
        guard let id = item["id"]?.string, item["resourceType"]?.isString("catalog-entity") == true,
            let conditions = item["conditions"]
        else {
            throw RequestFault(
                .input,
                "an item has id, resourceRef, conditions and the resourceType catalog-entity")
        }
        var refs = item["resourceRef"]?.string.map { [$0] }
        if refs == nil { refs = try texts("resourceRef", of: item) }
        guard let refs, !refs.isEmpty else {
            throw RequestFault(.input, "`resourceRef` is a reference or a list of at least one")
        }
        do throws(PredicateFault) {
            return (id, refs, try Predicate.parse(conditions: conditions, needsResourceType: true))
        } catch {
            throw RequestFault(.input, error.message)
        }
    }

    // MARK: Metadata

    private func metadata(_ request: RouteRequest) throws -> RouteReply {
        var json = JSONWriter()
        json.raw(#"{"permissions":["#)
        for (index, permission) in CatalogPermissions.all.enumerated() {
            json.raw(index == 0 ? #"{"type":"# : #",{"type":"#)
            json.string(permission.resourceType == nil ? "basic" : "resource")
            json.raw(#","name":"#)
            json.string(permission.name)
            json.raw(#","attributes":{"#)
            if let action = permission.action {
                json.raw(#""action":"#)
                json.string(action.rawValue)
            }
            json.raw("}")
            if let type = permission.resourceType {
                json.raw(#","resourceType":"#)
                json.string(type)
            }
            json.raw("}")
        }
        json.raw(#"],"rules":["#)
        for (index, rule) in Self.rules.enumerated() {
            json.raw(index == 0 ? #"{"name":"# : #",{"name":"#)
            json.string(rule.name)
            json.raw(#","description":"#)
            json.string(rule.description)
            json.raw(#","resourceType":"catalog-entity","paramsSchema":"#)
            Self.writeSchema(rule, to: &json)
            json.raw("}")
        }
        json.raw("]}")
        return .ready(.json(json.bytes))
    }

    /// A rule that a condition may name, and its parameters, the required ones first.
    private struct Rule {
        var name: String
        var description: String
        var parameters: [(name: String, description: String)]
        var isList = false
    }

    private static let value = (
        "value", "The value that it has to have; any where this is left out"
    )

    private static let rules = [
        Rule(
            name: "HAS_ANNOTATION", description: "Entities with an annotation",
            parameters: [("annotation", "The annotation's name"), value]),
        Rule(
            name: "HAS_LABEL", description: "Entities with a label",
            parameters: [("label", "The label's name"), value]),
        Rule(
            name: "HAS_METADATA", description: "Entities with a field of the metadata",
            parameters: [("key", "The field's path"), value]),
        Rule(
            name: "HAS_SPEC", description: "Entities with a field of the spec",
            parameters: [("key", "The field's path"), value]),
        Rule(
            name: "IS_ENTITY_KIND", description: "Entities of some kinds",
            parameters: [("kinds", "The kinds")], isList: true),
        Rule(
            name: "IS_ENTITY_OWNER", description: "Entities that one of some people or groups owns",
            parameters: [("claims", "References of users and groups")], isList: true),
    ]

    private static func writeSchema(_ rule: Rule, to json: inout JSONWriter) {
        json.raw(#"{"type":"object","properties":{"#)
        for (index, parameter) in rule.parameters.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(parameter.name)
            json.raw(
                rule.isList
                    ? #":{"type":"array","items":{"type":"string"},"description":"#
                    : #":{"type":"string","description":"#)
            json.string(parameter.description)
            json.raw("}")
        }
        json.raw(#"},"required":["#)
        json.string(rule.parameters[0].name)
        json.raw(
            #"],"additionalProperties":false,"$schema":"http://json-schema.org/draft-07/schema#"}"#)
    }
}
