import Catalog
import CatalogModel
import Inbound
import Markup
import Routing
import Values

/// What a list of the catalog shows, as its address says it.
///
/// Everything that can be chosen is in the address, so that a link shows a colleague the same.
struct ListState: Sendable, Equatable {
    /// A property by which the list is narrowed; any number of values, one of which has to hold.
    enum Property: String, CaseIterable, Sendable {
        case type, lifecycle, owner, tag, namespace

        /// Its key in the index.
        var key: String {
            switch self {
            case .type: "spec.type"
            case .lifecycle: "spec.lifecycle"
            case .owner: "relations.ownedby"
            case .tag: "metadata.tags"
            case .namespace: "metadata.namespace"
            }
        }

        var title: String {
            switch self {
            case .type: "Type"
            case .lifecycle: "Lifecycle"
            case .owner: "Owner"
            case .tag: "Tags"
            case .namespace: "Namespace"
            }
        }

        /// The names that the address may have for it: our own, and Backstage's.
        var names: [String] {
            switch self {
            case .type: ["type", "filters[type]"]
            case .lifecycle: ["lifecycle", "filters[lifecycles]"]
            case .owner: ["owner", "filters[owners]"]
            case .tag: ["tag", "tags", "filters[tags]"]
            case .namespace: ["namespace", "filters[namespace]"]
            }
        }
    }

    /// A state that has no key of its own.
    enum Flag: String, CaseIterable, Sendable {
        case problems, orphan

        var title: String {
            switch self {
            case .problems: "Has problems"
            case .orphan: "Orphan"
            }
        }
    }

    /// Whose things are shown.
    enum Scope: String, CaseIterable, Sendable {
        case all
        /// What the person and their groups own.
        case owned
        /// What the person marked with a star.
        case starred

        var title: String {
            switch self {
            case .all: "All"
            case .owned: "Mine"
            case .starred: "Starred"
            }
        }
    }

    /// Folded; `all` for every kind; nil where the address names none.
    var kind: String?
    /// Folded; references of owners in full.
    var chosen: [Property: [String]] = [:]
    var flags: [Flag] = []
    var text = ""
    /// Whose things are shown.
    var scope = Scope.all
    /// Conditions in Backstage's form, such as `relations.dependson=component:default/cart`.
    var filters: [String] = []
    var order = ListOrder()
    var cursor: ListCursor?
    var limit = ListState.defaultLimit

    static let defaultLimit = 50
    static let limits = 1...200

    init() {}

    /// Reads a query; a name that is not known is passed over, as in any page's address.
    init(_ query: QueryItems) throws(RequestFault) {
        let first: ([String]) -> String? = { names in
            names.lazy.compactMap { query[$0] }.first { !$0.isEmpty }
        }
        kind = first(["kind", "filters[kind]"]).map { folded($0) }
        for property in Property.allCases {
            var values: [String] = []
            for name in property.names + property.names.map({ "\($0)[]" }) {
                for value in query.all(name) where !value.isEmpty {
                    let value = property == .owner ? Self.ownerRef(value) : folded(value)
                    if !values.contains(value) { values.append(value) }
                }
            }
            if !values.isEmpty { chosen[property] = values }
        }
        flags = Flag.allCases.filter { query.all("state").contains($0.rawValue) }
        text = first(["text", "query", "filters[text]"]) ?? ""
        // The search field of every page asks for everything.
        if kind == nil, query["query"] != nil { kind = "all" }
        scope = first(["user", "filters[user]"]).flatMap(Scope.init) ?? .all
        filters = query.all("filter").filter { !$0.isEmpty }
        if let text = first(["order"]) { order = try ListOrder(text) }
        if let text = first(["cursor"]) { cursor = try ListCursor(text) }
        if let text = first(["limit"]) {
            guard let count = Int(text), Self.limits.contains(count) else {
                throw RequestFault(.input, "`limit` has to be a number from 1 to 200")
            }
            limit = count
        }
    }

    /// `payments` stands for the group of that name, as in descriptors.
    private static func ownerRef(_ text: String) -> String {
        (try? EntityRef.parse(text, defaultKind: "group"))?.canonical ?? folded(text)
    }

    /// The shortest text that names the owner.
    static func ownerText(_ ref: String) -> String {
        guard let parsed = try? EntityRef.parse(ref), parsed.kind == "group" else { return ref }
        return Words.short(parsed)
    }

    /// The query of an address that says all this.
    var query: [QueryItem] {
        var items: [QueryItem] = []
        if let kind { items.append(QueryItem("kind", kind)) }
        if scope != .all { items.append(QueryItem("user", scope.rawValue)) }
        for property in Property.allCases {
            for value in chosen[property] ?? [] {
                let text = property == .owner ? Self.ownerText(value) : value
                items.append(QueryItem(property.rawValue, text))
            }
        }
        items += flags.map { QueryItem("state", $0.rawValue) }
        items += filters.map { QueryItem("filter", $0) }
        if !text.isEmpty { items.append(QueryItem("text", text)) }
        if order != ListOrder() { items.append(QueryItem("order", order.text)) }
        if limit != Self.defaultLimit { items.append(QueryItem("limit", String(limit))) }
        if let cursor { items.append(QueryItem("cursor", cursor.text)) }
        return items
    }

    /// The same list with something changed, from its beginning.
    func with(_ change: (inout ListState) -> Void) -> ListState {
        var state = self
        state.cursor = nil
        change(&state)
        return state
    }

    /// Whether nothing narrows the list within its kind.
    var isWhole: Bool {
        chosen.isEmpty && flags.isEmpty && text.isEmpty && scope == .all && filters.isEmpty
    }

    /// With a value chosen, or no longer chosen.
    func toggling(_ property: Property, _ value: String) -> ListState {
        with { state in
            var values = state.chosen[property] ?? []
            if let index = values.firstIndex(of: value) {
                values.remove(at: index)
            } else {
                values.append(value)
            }
            state.chosen[property] = values.isEmpty ? nil : values
        }
    }
}

/// How a list is sorted.
struct ListOrder: Sendable, Equatable {
    enum Column: String, CaseIterable, Sendable {
        case name, kind, owner, system, type, lifecycle

        var key: String {
            switch self {
            case .name: "metadata.name"
            case .kind: "kind"
            case .owner: "relations.ownedby"
            case .system: "relations.partof"
            case .type: "spec.type"
            case .lifecycle: "spec.lifecycle"
            }
        }
    }

    var column = Column.name
    var isDescending = false

    init(_ column: Column = .name, isDescending: Bool = false) {
        self.column = column
        self.isDescending = isDescending
    }

    /// Reads `name` or, for the other direction, `-name`.
    init(_ text: String) throws(RequestFault) {
        isDescending = text.hasPrefix("-")
        guard let column = Column(rawValue: isDescending ? String(text.dropFirst()) : text) else {
            let all = Column.allCases.map(\.rawValue).joined(separator: ", ")
            throw RequestFault(.input, "`order` is one of \(all), with `-` before it to turn it")
        }
        self.column = column
    }

    var text: String { (isDescending ? "-" : "") + column.rawValue }

    /// In the index: names settle what the column leaves open.
    var entityOrder: EntityOrder {
        var keys = [EntityOrder.Key(key: column.key, isDescending: isDescending)]
        if column != .name { keys.append(EntityOrder.Key(key: ListOrder.Column.name.key)) }
        return EntityOrder(keys)
    }
}

/// A place in a list, and in which direction it goes on from there.
///
/// Written `after:50:["cart","component:default/cart"]`: the values of the order's keys and the
/// reference of the entity at the edge, so that it stays right while entities come and go; the
/// number counts those before the page, for showing only.
struct ListCursor: Sendable, Equatable {
    var isBackwards: Bool
    var skipped: Int
    var position: OrderPosition

    init(isBackwards: Bool, skipped: Int, position: OrderPosition) {
        self.isBackwards = isBackwards
        self.skipped = skipped
        self.position = position
    }

    init(_ text: String) throws(RequestFault) {
        let fault = RequestFault(
            .input, "`cursor` has to be one that a page of this list gave; begin at its first page")
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.utf8.count <= 4096, parts.count == 3,
            parts[0] == "after" || parts[0] == "before",
            let skipped = Int(parts[1]), (0...(1 << 40)).contains(skipped),
            let json = try? JSON.parse(String(parts[2])), json.kind == .array, json.count > 0,
            let ref = json.elements.map({ $0 }).last?.string
        else { throw fault }
        isBackwards = parts[0] == "before"
        self.skipped = skipped
        position = OrderPosition(values: json.elements.dropLast().map(\.string), ref: ref)
    }

    var text: String {
        var json = JSONWriter()
        json.list(position.values + [position.ref]) { value, json in json.optional(value) }
        let start = isBackwards ? "before" : "after"
        return "\(start):\(skipped):\(String(decoding: json.bytes, as: UTF8.self))"
    }
}
