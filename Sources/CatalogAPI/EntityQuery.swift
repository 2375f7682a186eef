import Catalog
import CatalogModel
import Crypto
import Routing
import Values

/// What `/entities/by-query` is asked: which entities, in which order, from where on.
///
/// The cursor holds all of it as base64 of JSON, so that a page needs nothing else. Backstage's
/// client looks into it: one with `query` is followed by POST, one without by GET.
struct EntityQuery {
    /// As they were sent, for the cursor.
    var filters: [String] = []
    var query: JSON?
    var predicate: Predicate?
    var order: [EntityOrder.Key] = []
    var term = ""
    /// Where the term is looked for; nil for the key of the order, or else the uid.
    var termFields: [String]?
    var position: OrderPosition?
    /// What the first page of all began with; nil on that page.
    var first: OrderPosition?
    var isBackwards = false
    var total: Int?

    /// Entities without a value of the first key are left out: a cursor cannot stand on nothing.
    var entityOrder: EntityOrder { EntityOrder(order, keepsMissing: false) }

    // MARK: Cursors

    func cursor(at position: OrderPosition, backwards: Bool, total: Int?) -> String {
        var json = JSONBuilder()
        json.beginObject()
        json.key("orderFields")
        json.beginArray()
        for key in order {
            json.beginObject()
            json.member("field", key.key)
            json.member("order", key.isDescending ? "desc" : "asc")
            json.end()
        }
        json.end()
        json.key("orderFieldValues")
        Self.write(position, to: &json)
        if let first {
            json.key("firstSortFieldValues")
            Self.write(first, to: &json)
        }
        json.key("isPrevious")
        json.bool(backwards)
        if let query {
            json.member("query", query)
        } else if !filters.isEmpty {
            json.key("filter")
            json.beginArray()
            for filter in filters { json.string(filter) }
            json.end()
        }
        if !term.isEmpty {
            json.key("fullTextFilter")
            json.beginObject()
            json.member("term", term)
            if let termFields {
                json.key("fields")
                json.beginArray()
                for field in termFields { json.string(field) }
                json.end()
            }
            json.end()
        }
        if let total {
            json.key("totalItems")
            json.integer(Int64(total))
        }
        json.end()
        return Base64.encode(json.finish().bytes)
    }

    private static func write(_ position: OrderPosition, to json: inout JSONBuilder) {
        json.beginArray()
        for value in position.values {
            if let value { json.string(value) } else { json.null() }
        }
        json.string(position.ref)
        json.end()
    }

    /// A position with as many values as there are keys, and the reference.
    private static func position(_ json: JSON?, keys: Int) -> OrderPosition? {
        guard let json, json.count == keys + 1,
            let ref = json.elements.reversed().first?.string
        else { return nil }
        return OrderPosition(values: json.elements.dropLast().map(\.string), ref: ref)
    }

    /// Reads a cursor that ``cursor(at:backwards:total:)`` wrote.
    init(cursor: String) throws(RequestFault) {
        let bad = RequestFault(.input, "the cursor is none that was given out here; begin anew")
        guard cursor.utf8.count <= 1 << 16,
            let json = try? JSON.parse(Base64.decodeLeniently(cursor)), json.kind == .object,
            let fields = json["orderFields"], fields.kind == .array,
            fields.count <= QueryLimits.orderKeys.most,
            let position = Self.position(json["orderFieldValues"], keys: fields.count)
        else { throw bad }
        for field in fields.elements {
            guard let key = field["field"]?.string else { throw bad }
            order.append(.init(key: key, isDescending: field["order"]?.isString("desc") ?? false))
        }
        self.position = position
        first = Self.position(json["firstSortFieldValues"], keys: fields.count)
        isBackwards = json["isPrevious"]?.bool ?? false
        total = json["totalItems"]?.int
        filters = json["filter"]?.elements.compactMap(\.string) ?? []
        query = json["query"]
        term = json.at("fullTextFilter", "term")?.string ?? ""
        termFields = json.at("fullTextFilter", "fields")?.elements.compactMap(\.string)
        guard termFields?.count ?? 0 <= QueryLimits.textFields.most else { throw bad }
        do throws(PredicateFault) {
            if let query {
                predicate = try Predicate.parse(query: query)
            } else {
                predicate = try Predicate.parse(filters: filters)
            }
        } catch {
            throw bad
        }
    }

    init() {}
}

/// One page of entities.
struct EntityPage {
    var entities: [IndexedEntity] = []
    var total: Int?
    var next: String?
    var previous: String?
}

extension EntityQuery {
    /// Which entities are meant, whatever the page.
    func selection(_ reader: CatalogReader) -> Selection {
        var selection = reader.select(predicate)
        if !term.isEmpty {
            let fields = termFields ?? [order.first?.key ?? "metadata.uid"]
            reader.snapshot.narrow(&selection, toText: term, in: fields)
        }
        if let key = order.first { reader.snapshot.dropMissing(key.key, from: &selection) }
        return selection
    }

    /// A page of up to `limit` entities.
    ///
    /// - Parameter countsTotal: whether the number of all is wanted; a cursor brings it along.
    func page(
        _ reader: CatalogReader, limit: Int, offset: Int, countsTotal: Bool
    ) -> EntityPage {
        let snapshot = reader.snapshot
        let selection = selection(reader)
        var page = EntityPage()
        // As in Backstage a cursor of pages without a total goes on with 0, whatever is asked later.
        page.total = total ?? (countsTotal ? selection.count : 0)
        guard limit > 0 else { return page }
        // One more shows whether there is more; limits from outside may be as large as they like.
        let (end, overflow) = limit.addingReportingOverflow(offset)
        let wanted = overflow || end == .max ? Int.max - 1 : end
        var found = snapshot.page(
            selection, entityOrder, from: position, backwards: isBackwards, limit: wanted + 1)
        let hasMore = found.count > wanted
        if hasMore { found.removeLast() }
        found.removeFirst(min(offset, found.count))
        if isBackwards { found.reverse() }
        page.entities = found
        guard let firstFound = found.first, let last = found.last else { return page }
        let order = entityOrder
        let start = snapshot.position(of: firstFound, in: order)
        var next = self
        next.first = first ?? start
        if isBackwards || hasMore {
            page.next = next.cursor(
                at: snapshot.position(of: last, in: order), backwards: false, total: page.total)
        }
        let isFirst =
            position == nil || start == first
            || snapshot.page(selection, order, from: start, backwards: true, limit: 1).isEmpty
        if !isFirst { page.previous = next.cursor(at: start, backwards: true, total: page.total) }
        return page
    }
}
