import Markup

/// The columns of a list, by the kind that it shows.
enum ListColumns {
    /// - Parameter kind: folded; nil for all kinds.
    static func columns(_ kind: String?, _ state: ListState, _ links: Links)
        -> [CatalogModel.Column]
    {
        contents(kind).map { content, title in
            guard let column = ListOrder.Column(rawValue: content.rawValue) else {
                return CatalogModel.Column(content, title)
            }
            let isCurrent = state.order.column == column
            let next = ListOrder(column, isDescending: isCurrent && !state.order.isDescending)
            let sorted = state.with { $0.order = next }
            return CatalogModel.Column(
                content, title, sort: links.to(["catalog"], query: sorted.query),
                order: isCurrent ? (state.order.isDescending ? .descending : .ascending) : nil)
        }
    }

    private static func contents(_ kind: String?) -> [(CatalogModel.Column.Content, String)] {
        switch kind {
        case "component", "api":
            [
                (.name, "Name"), (.owner, "Owner"), (.system, "System"), (.type, "Type"),
                (.lifecycle, "Lifecycle"), (.tags, "Tags"), (.updated, "Changed"),
            ]
        case "resource":
            [
                (.name, "Name"), (.owner, "Owner"), (.system, "System"), (.type, "Type"),
                (.tags, "Tags"), (.updated, "Changed"),
            ]
        case "system":
            [
                (.name, "Name"), (.owner, "Owner"), (.system, "Domain"),
                (.description, "Description"),
                (.updated, "Changed"),
            ]
        case "domain":
            [
                (.name, "Name"), (.owner, "Owner"), (.description, "Description"),
                (.updated, "Changed"),
            ]
        case "group":
            [
                (.name, "Name"), (.type, "Type"), (.count, "Members"),
                (.description, "Description"),
            ]
        case "user": [(.name, "Name"), (.description, "Mail"), (.updated, "Changed")]
        case "location": [(.name, "Name"), (.description, "Leads to"), (.updated, "Changed")]
        case nil:
            [
                (.name, "Name"), (.kind, "Kind"), (.owner, "Owner"), (.type, "Type"),
                (.lifecycle, "Lifecycle"), (.tags, "Tags"), (.updated, "Changed"),
            ]
        default:
            [
                (.name, "Name"), (.owner, "Owner"), (.type, "Type"), (.description, "Description"),
                (.updated, "Changed"),
            ]
        }
    }
}
