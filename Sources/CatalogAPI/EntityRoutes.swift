import Access
import Catalog
import CatalogModel
import Crypto
import Inbound
import Routing
import Values

/// Lists of entities: `/entities`, `/entities/by-query`, `/entity-facets`.
struct EntityRoutes: Sendable {
    let services: CatalogServices

    private static let bodyLimit = BodyLimit(bytes: 1 << 20)

    var routes: [Route] {
        let read = RouteAccess.reading(CatalogPermissions.read)
        return [
            Route(.get, "/api/catalog/entities", access: read, handler: list),
            Route(.get, "/api/catalog/entities/by-query", access: read, handler: query),
            Route(
                .post, "/api/catalog/entities/by-query", access: read, bodyLimit: Self.bodyLimit,
                handler: postedQuery),
            Route(.get, "/api/catalog/entity-facets", access: read, handler: facets),
            Route(
                .post, "/api/catalog/entity-facets", access: read, bodyLimit: Self.bodyLimit,
                handler: postedFacets),
        ]
    }

    // MARK: /entities

    private func list(_ request: RouteRequest) throws -> RouteReply {
        let parameters = try QueryParameters(
            request, singles: ["limit", "offset", "after"], lists: ["filter", "fields", "order"])
        let reader = services.reader(request)
        let fields = try parameters.fields()
        let keys = try QueryLimits.orderKeys.check(parameters.all("order"))
            .map(Self.orderKey)
        var limit = try parameters.count("limit", minimum: 1)
        var offset = try parameters.count("offset", minimum: 0) ?? 0
        var position: OrderPosition?
        if let after = parameters.one("after") {
            let cursor = try ListCursor(after)
            limit = cursor.limit ?? limit
            offset = cursor.offset ?? offset
            position = cursor.position
        }
        let isPaged = ["limit", "offset", "after"].contains { parameters.one($0) != nil }
        let predicate = try parameters.filter()
        let page = ListedPage(
            limit: limit, offset: offset, position: position, keys: keys, isPaged: isPaged)
        // Putting many in order takes more than the server's own threads may spend on one.
        return .later { try await list(page, predicate, reader, fields, request) }
    }

    /// The part of a list that is asked for.
    private struct ListedPage: Sendable {
        let limit: Int?
        let offset: Int
        let position: OrderPosition?
        let keys: [EntityOrder.Key]
        let isPaged: Bool
    }

    private func list(
        _ page: ListedPage, _ predicate: Predicate?, _ reader: CatalogReader,
        _ fields: FieldProjection?, _ request: RouteRequest
    ) async throws -> InboundResponse {
        let selection = reader.select(predicate)
        // As in Backstage: what has no value of the first key comes last in pages, and is left
        // out of an answer without.
        let order = EntityOrder(page.keys, keepsMissing: page.isPaged)
        let stream = EntityStream(reader, fields: fields)
        guard page.isPaged else {
            return try await stream.response(
                page.keys.isEmpty
                    ? .names(NameOrder(selection, of: reader.snapshot))
                    : .list(reader.snapshot.page(selection, order)))
        }
        let skipped = page.position == nil ? page.offset : 0
        let (end, overflow) = (page.limit ?? Int.max - 1).addingReportingOverflow(skipped)
        let wanted = overflow ? Int.max - 1 : min(end, Int.max - 1)
        var found = reader.snapshot.page(selection, order, from: page.position, limit: wanted + 1)
        let hasMore = found.count > wanted
        if hasMore { found.removeLast() }
        found.removeFirst(min(skipped, found.count))
        var response = try await stream.response(.list(found))
        if hasMore, let limit = page.limit, let last = found.last {
            let cursor = ListCursor(
                limit: limit, offset: page.offset &+ found.count,
                position: reader.snapshot.position(of: last, in: order))
            response.headers.set("Link", nextLink(request, cursor.text))
        }
        return response
    }

    private static func orderKey(_ text: String) throws(RequestFault) -> EntityOrder.Key {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0] == "asc" || parts[0] == "desc" else {
            throw RequestFault(.input, "`order` is asc:<key> or desc:<key>; found `\(text)`")
        }
        return EntityOrder.Key(key: String(parts[1]), isDescending: parts[0] == "desc")
    }

    /// As Backstage writes it: relative to the plugin, the query without the offset and with the
    /// cursor in the place of the one before it.
    private func nextLink(_ request: RouteRequest, _ cursor: String) -> String {
        var parts: [String] = []
        var isPlaced = false
        for item in request.query.items where item.name != "offset" {
            let isCursor = item.name == "after"
            isPlaced = isPlaced || isCursor
            parts.append("\(formEncoded(item.name))=\(formEncoded(isCursor ? cursor : item.value))")
        }
        if !isPlaced { parts.append("after=\(formEncoded(cursor))") }
        let path = request.head.path.dropFirst("\(request.basePath)/api/catalog".count)
        return "<\(path)?\(parts.joined(separator: "&"))>; rel=\"next\""
    }

    /// A part of a query as forms and JavaScript's URLSearchParams write it.
    private func formEncoded(_ text: String) -> String {
        encodedSegment(text).replacing("%20", with: "+").replacing("%2A", with: "*")
            .replacing("~", with: "%7E")
    }

    // MARK: by-query

    /// What Backstage takes where none is asked for; its API document still says 20.
    private static let defaultLimit = 200

    private func query(_ request: RouteRequest) throws -> RouteReply {
        let parameters = try QueryParameters(
            request,
            singles: ["limit", "offset", "cursor", "fullTextFilterTerm", "totalItems"],
            lists: ["filter", "fields", "orderField", "fullTextFilterFields"])
        var query = EntityQuery()
        var offset = try parameters.count("offset", minimum: 0) ?? 0
        let limit = try parameters.count("limit", minimum: 0)
        let fields = try parameters.fields()
        if let cursor = parameters.one("cursor") {
            query = try EntityQuery(cursor: cursor)
            offset = 0
        } else {
            query.filters = parameters.all("filter")
            query.predicate = try parameters.filter()
            query.order = try QueryLimits.orderKeys.check(parameters.all("orderField"))
                .map(Self.orderField)
            query.term = parameters.one("fullTextFilterTerm") ?? ""
            let texts = try QueryLimits.textFields.check(
                parameters.all("fullTextFilterFields").flatMap {
                    $0.split(separator: ",").map(String.init)
                })
            query.termFields = parameters.all("fullTextFilterFields").isEmpty ? nil : texts
        }
        let total = parameters.one("totalItems")
        guard total == nil || total == "include" || total == "exclude" else {
            throw RequestFault(.input, "`totalItems` is include or exclude")
        }
        return answer(
            query, request, limit: limit, offset: offset, fields, countsTotal: total != "exclude")
    }

    /// As in Backstage what follows the direction is passed over.
    private static func orderField(_ text: String) throws(RequestFault) -> EntityOrder.Key {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts[1] == "asc" || parts[1] == "desc" else {
            throw RequestFault(.input, "`orderField` is <key>, <key>,asc or <key>,desc")
        }
        return EntityOrder.Key(
            key: String(parts[0]), isDescending: parts.count > 1 && parts[1] == "desc")
    }

    private func postedQuery(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let body = try request.jsonObject(required: false)
        let fields = try projection(texts("fields", of: body) ?? [])
        let limit = try number("limit", of: body, minimum: 0)
        var query = EntityQuery()
        var offset = try number("offset", of: body, minimum: 0) ?? 0
        if let cursor = body["cursor"] {
            guard let text = cursor.string, !text.isEmpty else {
                throw RequestFault(.input, "`cursor` has to be one that an answer gave")
            }
            query = try EntityQuery(cursor: text)
            offset = 0
        } else {
            query.predicate = try predicate(of: body)
            // Always there, so that the client goes on by POST.
            query.query = body["query"] ?? JSONBuilder.emptyObject
            query.order = try Self.order(of: body)
            if let filter = body["fullTextFilter"] {
                guard filter.kind == .object else {
                    throw RequestFault(.input, "`fullTextFilter` has to be an object")
                }
                query.term = try text("term", of: filter) ?? ""
                query.termFields = try texts("fields", of: filter)
                try QueryLimits.textFields.check(query.termFields ?? [])
            }
        }
        return answer(
            query, request, limit: limit, offset: offset, fields,
            countsTotal: !(body["totalItems"]?.isString("exclude") ?? false))
    }

    private static func order(of body: JSON) throws(RequestFault) -> [EntityOrder.Key] {
        let fault = RequestFault(.input, "`orderBy` is a list of {field, order: asc or desc}")
        guard let list = body["orderBy"] else { return [] }
        guard list.kind == .array else { throw fault }
        var keys: [EntityOrder.Key] = []
        for entry in try QueryLimits.orderKeys.check(Array(list.elements)) {
            guard let field = entry["field"]?.string, let order = entry["order"]?.string,
                order == "asc" || order == "desc"
            else { throw fault }
            keys.append(EntityOrder.Key(key: field, isDescending: order == "desc"))
        }
        return keys
    }

    /// Entities that may be put in order on the server's own threads.
    private static let mostAtOnce = 1000

    private func answer(
        _ query: EntityQuery, _ request: RouteRequest, limit: Int?, offset: Int,
        _ fields: FieldProjection?, countsTotal: Bool
    ) -> RouteReply {
        let reader = services.reader(request)
        let limit = limit ?? Self.defaultLimit
        let page: @Sendable () -> EntityPage = {
            query.page(reader, limit: limit, offset: offset, countsTotal: countsTotal)
        }
        guard limit <= Self.mostAtOnce, offset <= Self.mostAtOnce else {
            return .later { try await Self.stream(page(), reader, fields) }
        }
        return answer(page(), reader, fields)
    }

    private func answer(
        _ page: EntityPage, _ reader: CatalogReader, _ fields: FieldProjection?
    ) -> RouteReply {
        let total = page.total ?? 0
        if page.entities.isEmpty { return .ready(Self.response(page, total, []).at(reader)) }
        // Contents that are in memory are answered without leaving the thread.
        if page.entities.count <= 32,
            let ready = try? page.entities.map({ try reader.jsonNow($0, fields: fields) }),
            let items = ready.allOrNone
        {
            return .ready(Self.response(page, total, items).at(reader))
        }
        return .later { try await Self.stream(page, reader, fields) }
    }

    private static func stream(
        _ page: EntityPage, _ reader: CatalogReader, _ fields: FieldProjection?
    ) async throws -> InboundResponse {
        let stream = EntityStream(
            reader, fields: fields, opening: #"{"items":["#,
            closing: closing(page, page.total ?? 0))
        return try await stream.response(.list(page.entities))
    }

    private static func response(_ page: EntityPage, _ total: Int, _ items: [[UInt8]])
        -> InboundResponse
    {
        let opening = Array(#"{"items":["#.utf8)
        let end = closing(page, total)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.reduce(opening.count + end.count) { $0 + $1.count + 1 })
        bytes += opening
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += item
        }
        return .json(bytes + end)
    }

    /// What follows the items.
    private static func closing(_ page: EntityPage, _ total: Int) -> [UInt8] {
        var json = JSONWriter()
        json.raw(#"],"totalItems":"#)
        json.integer(total)
        json.raw(#","pageInfo":{"#)
        if let next = page.next {
            json.raw(#""nextCursor":"#)
            json.string(next)
        }
        if let previous = page.previous {
            json.raw(page.next == nil ? #""prevCursor":"# : #","prevCursor":"#)
            json.string(previous)
        }
        json.raw("}}")
        return json.bytes
    }

    // MARK: Facets

    private func facets(_ request: RouteRequest) throws -> RouteReply {
        let parameters = try QueryParameters(request, lists: ["filter", "facet"])
        let facets = parameters.all("facet").filter { !$0.isEmpty }
        guard !facets.isEmpty else { throw RequestFault(.input, "`facet` is missing") }
        return try countFacets(
            facets, try parameters.filter(), request, key: "\(request.head.query)")
    }

    private func postedFacets(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let body = try request.jsonObject()
        let facets = try texts("facets", of: body)?.filter { !$0.isEmpty } ?? []
        guard !facets.isEmpty else {
            throw RequestFault(.input, "`facets` is missing: a list of keys")
        }
        return try countFacets(facets, try predicate(of: body), request, key: body.text)
    }

    private func countFacets(
        _ facets: [String], _ predicate: Predicate?, _ request: RouteRequest, key: String
    ) throws -> RouteReply {
        try QueryLimits.facets.check(facets)
        let reader = services.reader(request)
        // Kept with the snapshot; what depends on who asks is part of the key.
        let scope = reader.visibility.predicate.map { "\($0)" } ?? "everything"
        let bytes = reader.snapshot.kept("facets \(scope) \(key)") {
            let selection = reader.select(predicate)
            var json = JSONWriter(capacity: 4096)
            json.raw(#"{"facets":{"#)
            var seen: Set<String> = []
            for facet in facets where seen.insert(facet).inserted {
                if seen.count > 1 { json.raw(",") }
                json.string(facet)
                json.raw(":[")
                for (index, count) in reader.snapshot.facet(facet, in: selection).enumerated() {
                    json.raw(index == 0 ? #"{"value":"# : #",{"value":"#)
                    json.string(count.value)
                    json.raw(#","count":"#)
                    json.integer(count.count)
                    json.raw("}")
                }
                json.raw("]")
            }
            json.raw("}}")
            return json.bytes
        }
        return .ready(InboundResponse.json(bytes).at(reader))
    }
}

/// Where a list goes on: Backstage's `{limit, offset}`, and the place itself, which stays right
/// when entities come or go before it.
private struct ListCursor {
    var limit: Int?
    var offset: Int?
    var position: OrderPosition?

    init(limit: Int, offset: Int, position: OrderPosition) {
        self.limit = limit
        self.offset = offset
        self.position = position
    }

    /// One of the two numbers may be missing, as in Backstage: what the request says beside it
    /// counts then.
    init(_ text: String) throws(RequestFault) {
        let bad = RequestFault(.input, "`after` is none that was given out here; begin anew")
        guard text.utf8.count <= 1 << 16, let json = try? JSON.parse(Base64.decodeLeniently(text)),
            json.kind == .object
        else { throw bad }
        func number(_ name: String, minimum: Int) throws(RequestFault) -> Int? {
            guard let value = json[name] else { return nil }
            guard let number = value.int, number >= minimum else { throw bad }
            return number
        }
        limit = try number("limit", minimum: 1)
        offset = try number("offset", minimum: 0)
        guard limit != nil || offset != nil else { throw bad }
        guard let after = json["after"], let ref = after["ref"]?.string else { return }
        position = OrderPosition(
            values: after["values"]?.elements.map(\.string) ?? [], ref: ref)
    }

    var text: String {
        var json = JSONBuilder()
        json.beginObject()
        json.key("limit")
        if let limit { json.integer(Int64(limit)) } else { json.null() }
        json.key("offset")
        if let offset { json.integer(Int64(offset)) } else { json.null() }
        if let position {
            json.key("after")
            json.beginObject()
            json.member("ref", position.ref)
            json.key("values")
            json.beginArray()
            for value in position.values {
                if let value { json.string(value) } else { json.null() }
            }
            json.end()
            json.end()
        }
        json.end()
        return Base64.encode(json.finish().bytes)
    }
}

/// A JSON list of values that are JSON already.
func joined(_ items: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(items.reduce(2) { $0 + $1.count + 1 })
    bytes.append(UInt8(ascii: "["))
    for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: item)
    }
    bytes.append(UInt8(ascii: "]"))
    return bytes
}

extension Array where Element == [UInt8]? {
    /// All of them, or nil where one is missing.
    var allOrNone: [[UInt8]]? {
        let present = compactMap { $0 }
        return present.count == count ? present : nil
    }
}
