import Access
import Catalog
import CatalogModel
import Inbound
import Routing
import Values

/// Single entities: by name, by uid, by references, with their ancestry; and their removal.
struct LookupRoutes: Sendable {
    let services: CatalogServices

    var routes: [Route] {
        let read = RouteAccess.reading(CatalogPermissions.read)
        let name = "/api/catalog/entities/by-name/{kind}/{namespace}/{name}"
        return [
            Route(.get, name, access: read, handler: byName),
            Route(.get, "\(name)/ancestry", access: read, handler: ancestry),
            Route(.get, "/api/catalog/entities/by-uid/{uid}", access: read, handler: byUID),
            Route(
                .delete, "/api/catalog/entities/by-uid/{uid}",
                access: .permission(CatalogPermissions.delete), handler: remove),
            Route(
                .post, "/api/catalog/entities/by-refs", access: read,
                bodyLimit: BodyLimit(bytes: 1 << 20), handler: byRefs),
        ]
    }

    private func ref(_ request: RouteRequest) -> String {
        EntityRef(
            kind: request.parameter("kind"), namespace: request.parameter("namespace"),
            name: request.parameter("name")
        ).canonical
    }

    private func one(_ entity: IndexedEntity?, _ reader: CatalogReader, _ what: String) throws
        -> RouteReply
    {
        guard let entity else {
            throw RequestFault(.notFound, "there is no entity \(what), or you may not see it")
        }
        if let bytes = try reader.jsonNow(entity) {
            return .ready(InboundResponse.json(bytes).at(reader))
        }
        return .later {
            .json(try await reader.json([entity])[0]).at(reader)
        }
    }

    private func byName(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let reader = services.reader(request)
        let ref = ref(request)
        return try one(reader.entity(ref), reader, ref)
    }

    private func byUID(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let reader = services.reader(request)
        let uid = request.parameter("uid")
        return try one(reader.entity(uid: uid), reader, "with the uid \(uid)")
    }

    private func remove(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let uid = request.parameter("uid")
        let reader = services.reader(request)
        guard let entity = reader.snapshot.entity(uid: uidBytes(uid)) else {
            return .ready(.empty(204))
        }
        // Under a condition only what it holds for may go.
        let allowed = CatalogReader(
            reader.snapshot, bodies: services.keeper.bodies,
            visibility: request.decision.visibility)
        guard allowed.isVisible(entity) else {
            throw RequestFault(.notAllowed, "you may not delete this entity")
        }
        return .later {
            let author = request.principal.name
            let sources = try await services.keeper.deleteEntity(uid: uidBytes(uid), author: author)
            // As in Backstage it is away at first, and comes back if a file still declares it.
            services.keeper.refreshLater(sources, author: author, after: .seconds(1))
            return .empty(204).at(services.reader(request))
        }
    }

    private func uidBytes(_ text: String) -> [UInt8] { Catalog.uuidBytes(folded(text)) ?? [] }

    // MARK: by-refs

    private func byRefs(_ request: RouteRequest) throws -> RouteReply {
        let parameters = try QueryParameters(request, lists: ["filter"])
        let body = try request.jsonObject()
        guard let refs = try texts("entityRefs", of: body) else {
            throw RequestFault(.input, "`entityRefs` is missing: a list of references")
        }
        try QueryLimits.references.check(refs)
        let fields = try projection(texts("fields", of: body) ?? [])
        let conditions = [try parameters.filter(), try predicate(of: body)].compactMap { $0 }
        let reader = services.reader(request)
        let allowed = conditions.isEmpty ? nil : reader.select(.all(conditions))
        let found = refs.map { ref -> IndexedEntity? in
            // As in Backstage a reference counts in its canonical form only.
            guard let entity = reader.entity(canonical: ref) else { return nil }
            return allowed.map { reader.isIn($0, entity) } ?? true ? entity : nil
        }
        return .later {
            let stream = EntityStream(
                reader, fields: fields, opening: #"{"items":["#, closing: Array("]}".utf8))
            return try await stream.response(.answers(found))
        }
    }

    // MARK: Ancestry

    private func ancestry(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        if case .deny = request.decision {
            throw RequestFault(.notAllowed, "you may not read entities")
        }
        let reader = services.reader(request)
        let ref = ref(request)
        guard let root = reader.entity(ref) else {
            throw RequestFault(.notFound, "there is no entity \(ref), or you may not see it")
        }
        var order: [(entity: IndexedEntity, parents: [String])] = []
        var seen: Set<String> = []
        var stack = [root]
        while let entity = stack.popLast() {
            guard seen.insert(reader.snapshot.ref(of: entity)).inserted else { continue }
            let parents = services.keeper.parents(of: entity, in: reader.snapshot).filter {
                reader.entity($0) != nil
            }
            order.append((entity, parents))
            stack += parents.reversed().compactMap { reader.entity($0) }
        }
        let found = order
        return .later {
            let entities = try await reader.json(found.map(\.entity))
            var json = JSONWriter(capacity: entities.reduce(256) { $0 + $1.count + 64 })
            json.raw(#"{"rootEntityRef":"#)
            json.string(ref)
            json.raw(#","items":["#)
            for (index, entity) in entities.enumerated() {
                json.raw(index == 0 ? #"{"entity":"# : #",{"entity":"#)
                json.raw(entity)
                json.raw(#","parentEntityRefs":["#)
                for (place, parent) in found[index].parents.enumerated() {
                    if place > 0 { json.raw(",") }
                    json.string(parent)
                }
                json.raw("]}")
            }
            json.raw("]}")
            return .json(json.bytes).at(reader)
        }
    }
}
