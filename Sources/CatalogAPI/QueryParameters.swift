import CatalogModel
import Inbound
import Routing
import Values

/// The query of a request, read strictly: what a route does not know is a fault, as in Backstage.
struct QueryParameters {
    private var values: [String: [String]] = [:]

    /// - Parameters:
    ///   - singles: the names that may stand once.
    ///   - lists: those that may stand more often, also written as `name[]` or `name[0]`.
    /// - Throws: a fault for every other name, and for a name whose only value is empty.
    init(
        _ request: RouteRequest, singles: Set<String> = [], lists: Set<String> = []
    ) throws(RequestFault) {
        for item in request.query.items where !item.name.isEmpty {
            let list = lists.first { Self.isList(item.name, $0) }
            guard list != nil || singles.contains(item.name) else {
                let known = singles.union(lists).sorted().joined(separator: ", ")
                throw RequestFault(
                    .input,
                    "`\(item.name)` is no parameter here; "
                        + (known.isEmpty ? "there are none" : "there are \(known)"))
            }
            let name = list ?? item.name
            guard list != nil || values[name] == nil else {
                throw RequestFault(.input, "`\(name)` may stand once")
            }
            values[name, default: []].append(item.value)
            // One of several may be empty, and so may one that is said to be a list.
            guard item.name != name || !item.value.isEmpty || request.query.all(name).count > 1
            else {
                throw RequestFault(
                    .input, "`\(name)` is empty; give it a value, or leave it out")
            }
        }
    }

    /// Whether a name means an element of the list: `filter`, `filter[]`, `filter[3]`.
    private static func isList(_ name: String, _ list: String) -> Bool {
        guard name.hasPrefix(list) else { return false }
        let rest = name.dropFirst(list.count)
        guard !rest.isEmpty else { return true }
        return rest.first == "[" && rest.last == "]" && rest.count >= 2
            && rest.dropFirst().dropLast().allSatisfy { ("0"..."9").contains($0) }
    }

    /// All values of a repeated parameter.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of a parameter that may stand once.
    func one(_ name: String) -> String? { values[name]?.first }

    /// A whole number of at least `minimum`.
    func count(_ name: String, minimum: Int) throws(RequestFault) -> Int? {
        guard let text = one(name) else { return nil }
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

/// A member of a body that is a text; nil where it is not there.
func text(_ name: String, of body: JSON) throws(RequestFault) -> String? {
    guard let value = body[name] else { return nil }
    guard let text = value.string else {
        throw RequestFault(.input, "`\(name)` has to be a text")
    }
    return text
}

/// A member of a body that is a whole number; nil where it is not there.
func number(_ name: String, of body: JSON, minimum: Int) throws(RequestFault) -> Int? {
    guard let value = body[name] else { return nil }
    guard let number = value.int, number >= minimum else {
        throw RequestFault(.input, "`\(name)` has to be a whole number from \(minimum) on")
    }
    return number
}
