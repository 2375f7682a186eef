import Access
import Catalog
import CatalogModel
import Inbound
import Outbound
import Routing
import Values

/// Refreshing, validating and analysing; and what the plugin says of its permissions.
struct CheckRoutes: Sendable {
    let services: CatalogServices

    private static let bodyLimit = BodyLimit(bytes: 4 << 20)

    var routes: [Route] {
        [
            Route(
                .post, "/api/catalog/refresh", access: .permission(CatalogPermissions.refresh),
                bodyLimit: Self.bodyLimit, handler: refresh),
            Route(
                .post, "/api/catalog/validate-entity",
                access: .permission(CatalogPermissions.validate), bodyLimit: Self.bodyLimit,
                handler: validate),
            Route(
                .post, "/api/catalog/analyze-location",
                access: .permission(CatalogPermissions.analyze), bodyLimit: Self.bodyLimit,
                handler: analyze),
            Route(
                .get, "/api/catalog/.well-known/backstage/permissions/metadata",
                access: .signedIn, handler: metadata),
        ]
    }

    // MARK: Refresh

    private func refresh(_ request: RouteRequest) throws -> RouteReply {
        let body = try request.jsonObject()
        for member in body.members {
            let name = member.key.string ?? ""
            guard name == "entityRef" || name == "authorizationToken" else {
                throw RequestFault(.input, "a refresh has an entityRef; not `\(name)`")
            }
        }
        guard let text = body["entityRef"]?.string else {
            throw RequestFault(.input, "`entityRef` is missing")
        }
        let reader = services.reader(request)
        let ref = (try? EntityRef.parse(text))?.canonical ?? folded(text)
        guard let entity = reader.entity(ref) else {
            throw RequestFault(.notFound, "there is no entity \(text), or you may not see it")
        }
        return .later {
            let author = request.principal.name
            for source in services.keeper.sources(of: entity, in: reader.snapshot) {
                await services.keeper.refreshSoon(source, author: author, within: .seconds(10))
            }
            return .empty(200).at(services.reader(request))
        }
    }

    // MARK: Validate

    /// Faults come as `{errors}` and not as an error body; only a malformed request is one.
    private func validate(_ request: RouteRequest) throws -> RouteReply {
        let body = try request.jsonObject()
        guard let entity = body["entity"], entity.kind == .object,
            let text = body["location"]?.string, body.count == 2
        else {
            throw RequestFault(.input, "`entity` (an object) and `location` (a text) are needed")
        }
        guard let location = LocationRef.parse(text), location.type == "url",
            WebAddress(location.target) != nil
        else {
            return .ready(
                Self.errors([
                    ("TypeError", "the location has to be url:<address>, found `\(text)`", nil)
                ]))
        }
        return .later {
            let faults = await services.keeper.validate(entity, location: location)
            guard !faults.isEmpty else { return .empty(200) }
            return Self.errors(faults.map { ($0.errorName, $0.diagnostic.summary, $0.diagnostic) })
        }
    }

    private static func errors(_ faults: [(name: String, message: String, diagnostic: Diagnostic?)])
        -> InboundResponse
    {
        var json = JSONWriter()
        json.raw(#"{"errors":["#)
        for (index, fault) in faults.enumerated() {
            json.raw(index == 0 ? #"{"name":"# : #",{"name":"#)
            json.string(fault.name)
            json.raw(#","message":"#)
            json.string(fault.message)
            if let diagnostic = fault.diagnostic {
                json.raw(#","diagnostic":"#)
                diagnostic.write(to: &json)
            }
            json.raw("}")
        }
        json.raw("]}")
        return .json(json.bytes, status: 400)
    }

    // MARK: Analyse

    private func analyze(_ request: RouteRequest) throws -> RouteReply {
        let body = try request.jsonObject()
        guard let target = body.at("location", "target")?.string,
            let type = body.at("location", "type")?.string
        else { throw RequestFault(.input, "`location` needs a type and a target") }
        guard type == "url", let address = WebAddress(target), address.host != nil else {
            throw RequestFault(.input, "`\(target)` is no address of a repository")
        }
        let existing = services.keeper.sources.filter { source in
            source.location.target.hasPrefix(target)
        }
        return .later { [services] in
            var json = JSONWriter()
            json.raw(#"{"existingEntityFiles":["#)
            let reader = services.reader(request)
            var isFirst = true
            for source in existing {
                for entity in services.keeper.entities(from: source, in: reader) {
                    if !isFirst { json.raw(",") }
                    isFirst = false
                    json.raw(#"{"location":{"type":"#)
                    json.string(source.location.type)
                    json.raw(#","target":"#)
                    json.string(source.location.target)
                    json.raw(#"},"isRegistered":true,"entity":"#)
                    json.raw(try await reader.json([entity])[0])
                    json.raw("}")
                }
            }
            json.raw(#"],"generateEntities":["#)
            if existing.isEmpty {
                json.raw(
                    #"{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"#
                )
                json.string(Self.name(from: address))
                json.raw(
                    #"},"spec":{"type":"other","lifecycle":"unknown"}},"fields":[]}"#)
            }
            json.raw("]}")
            return .json(json.bytes)
        }
    }

    /// The last name of the path, which is the repository's, as a legal name.
    private static func name(from address: WebAddress) -> String {
        let last = address.pathSegments.last { !$0.isEmpty } ?? "component"
        let name = String(last).unicodeScalars.map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9") ~= scalar)
                ? Character(scalar) : "-"
        }
        return String(name.prefix(63))
    }

    // MARK: Permissions

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
