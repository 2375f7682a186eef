import CatalogModel
import Inbound
import Routing
import Values

/// The query of a request, read strictly: what a route does not know is a fault, as in Backstage.
struct QueryParameters {
    private let items: QueryItems

    /// - Parameter known: the names that the route takes.
    init(_ request: RouteRequest, known: Set<String>) throws(RequestFault) {
        items = request.query
        for item in items.items where !known.contains(item.name) {
            throw RequestFault(
                .input,
                "`\(item.name)` is no parameter here; there are \(known.sorted().joined(separator: ", "))"
            )
        }
    }

    /// All values of a repeated parameter.
    func all(_ name: String) -> [String] { items.all(name) }

    /// The value of a parameter that may stand once.
    func one(_ name: String) throws(RequestFault) -> String? {
        let values = items.all(name)
        guard values.count <= 1 else {
            throw RequestFault(.input, "`\(name)` may stand once")
        }
        return values.first
    }

    /// A whole number of at least `minimum`.
    func count(_ name: String, minimum: Int) throws(RequestFault) -> Int? {
        guard let text = try one(name) else { return nil }
        guard let value = Int(text), value >= minimum, value <= 1 << 53 else {
            throw RequestFault(.input, "`\(name)` has to be a whole number from \(minimum) on")
        }
        return value
    }

    func filter() throws(RequestFault) -> Predicate? {
        do throws(PredicateFault) {
            return try Predicate.parse(filters: all("filter"))
        } catch {
            throw RequestFault(.input, error.message)
        }
    }

    func fields() throws(RequestFault) -> FieldProjection? {
        try projection(all("fields"))
    }
}

/// How much one query of the API may ask for.
///
/// It is a person's or a page's: more is an attack or a mistake.
package struct QueryLimits: Sendable {
    /// What it counts, as a message names it.
    package let what: String
    package let most: Int

    /// Keys of an order: each is compared for every entity that the one before leaves equal.
    package static let orderKeys = QueryLimits(what: "keys of an order", most: 16)
    /// Keys that a text is sought in: all values of each are looked through.
    package static let textFields = QueryLimits(what: "fields of a text filter", most: 16)
    package static let facets = QueryLimits(what: "facets", most: 100)
    package static let references = QueryLimits(what: "references", most: 10_000)

    /// The list itself, if it is not too long.
    @discardableResult
    func check<Element>(_ list: [Element]) throws(RequestFault) -> [Element] {
        guard list.count <= most else {
            throw RequestFault(.input, "a query may have \(most) \(what), not \(list.count)")
        }
        return list
    }
}

/// The parts of entities that are asked for.
func projection(_ fields: [String]) throws(RequestFault) -> FieldProjection? {
    do throws(PredicateFault) {
        return try FieldProjection(fields)
    } catch {
        throw RequestFault(.input, error.message)
    }
}

/// A body's predicate; nil where there is none.
func predicate(of body: JSON) throws(RequestFault) -> Predicate? {
    guard let query = body["query"] else { return nil }
    do throws(PredicateFault) {
        return try Predicate.parse(query: query)
    } catch {
        throw RequestFault(.input, error.message)
    }
}

/// A member of a body that is a list of texts; nil where it is not there.
func texts(_ name: String, of body: JSON) throws(RequestFault) -> [String]? {
    guard let value = body[name] else { return nil }
    let texts = value.elements.compactMap(\.string)
    guard value.kind == .array, texts.count == value.count else {
        throw RequestFault(.input, "`\(name)` has to be a list of texts")
    }
    return texts
}

/// A member of a body that is a whole number; nil where it is not there.
func number(_ name: String, of body: JSON, minimum: Int) throws(RequestFault) -> Int? {
    guard let value = body[name] else { return nil }
    guard let number = value.int, number >= minimum else {
        throw RequestFault(.input, "`\(name)` has to be a whole number from \(minimum) on")
    }
    return number
}
