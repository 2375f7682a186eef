/// A table of links: one line a cell, the name first, sorting by links in the head.
package struct Table: Part {
    /// How wide a column is; the text of a cell ends with an ellipsis where it does not fit.
    package enum Width: String, Sendable {
        /// What is left over.
        case rest = ""
        /// 72 pixels.
        case tiny = "w-1"
        /// 104 pixels.
        case small = "w-2"
        /// 136 pixels.
        case medium = "w-3"
        /// 176 pixels.
        case large = "w-4"
        /// 240 pixels.
        case huge = "w-5"
    }

    /// When a column is left out.
    package enum Priority: String, Sendable {
        /// Never.
        case always = ""
        /// Where the list is narrower than 800 pixels.
        case medium = "late"
        /// Where it is narrower than 1,040 pixels.
        case low = "later"
        /// On a telephone, where a row is two lines.
        case notOnTelephones = "wide-only"
    }

    /// How a column is sorted.
    package enum Order: String, Sendable {
        /// Smallest first.
        case ascending
        /// Largest first.
        case descending
    }

    /// A column.
    package struct Column: Sendable {
        let title: String
        let width: Width
        let isNumber: Bool
        let priority: Priority
        let sort: Href?
        let order: Order?

        /// `sort` is the address of the same list in the order that a click should bring; `order`
        /// is the order that it is in, if it is sorted by this column.
        package init(
            _ title: String, width: Width = .rest, isNumber: Bool = false,
            priority: Priority = .always, sort: Href? = nil, order: Order? = nil
        ) {
            self.title = title
            self.width = width
            self.isNumber = isNumber
            self.priority = priority
            self.sort = sort
            self.order = order
        }

        var classes: String? {
            let words = [width.rawValue, isNumber ? "num" : "", priority.rawValue]
            let text = words.filter { !$0.isEmpty }.joined(separator: " ")
            return text.isEmpty ? nil : text
        }

        var cellClasses: String? {
            let words = [isNumber ? "num" : "", priority.rawValue]
            let text = words.filter { !$0.isEmpty }.joined(separator: " ")
            return text.isEmpty ? nil : text
        }
    }

    let caption: String
    let columns: [Column]
    let rows: [[HTML]]
    let isCompact: Bool
    let id: String?

    /// The caption is read out, not shown.
    ///
    /// A row has one cell for each column; the first is its heading and usually a `NameCell`. Rows
    /// are 36 pixels high, compact ones 28.
    package init(
        _ caption: String, columns: [Column], rows: [[HTML]], isCompact: Bool = false,
        id: String? = nil
    ) {
        self.caption = caption
        self.columns = columns
        self.rows = rows
        self.isCompact = isCompact
        self.id = id
    }

    /// The table.
    package var html: HTML {
        // What is the same in every row is made once: a page has hundreds of cells.
        let starts: [HTML] = columns.enumerated().map { index, column in
            index == 0
                ? "<th scope=\"row\">" : "<td\(attribute: "class", column.cellClasses)>"
        }
        let ends: [HTML] = columns.indices.map { $0 == 0 ? "</th>" : "</td>" }
        let rowStart: HTML = "<tr>"
        let rowEnd: HTML = "</tr>\n"
        var body = HTML()
        body.reserve(rows.count &* columns.count &* 160)
        for row in rows {
            body.append(rowStart)
            for (index, cell) in row.prefix(columns.count).enumerated() {
                body.append(starts[index])
                body.append(cell)
                body.append(ends[index])
            }
            body.append(rowEnd)
        }
        return """
            <table class="table\(isCompact ? " table-compact" : "")" data-rows>
            <caption>\(caption)</caption>
            <thead><tr data-arrows>\(columns.map(head))</tr></thead>
            <tbody\(attribute: "id", id)>
            \(body)</tbody></table>
            """
    }

    private func head(_ column: Column) -> HTML {
        let order = column.order.map(\.rawValue)
        let arrow: Icon = column.order == .descending ? .arrowDown : .arrowUp
        let title: HTML =
            column.sort.map { "<a href=\"\($0)\">\(column.title)\(arrow)</a>" }
            ?? HTML(text: column.title)
        return """
            <th scope="col"\(attribute: "class", column.classes)\(attribute: "aria-sort", order)>\
            \(title)</th>
            """
    }
}

/// The first cell of a row: icon, title, and the reference where it says more.
package struct NameCell: Part {
    let icon: Icon
    let title: String
    let ref: String?
    let href: Href
    let mark: ProblemMark?

    /// `ref` is left out where the title says it already.
    ///
    /// A state is shown only when something needs attention.
    package init(
        _ icon: Icon, _ title: String, ref: String? = nil, href: Href, mark: ProblemMark? = nil
    ) {
        self.icon = icon
        self.title = title
        self.ref = ref
        self.href = href
        self.mark = mark
    }

    /// The cell's content.
    package var html: HTML {
        let code: HTML? = ref.map { "<span class=\"ref\">\($0)</span>" }
        return """
            <span class="name">\(icon)<a href="\(href)"><bdi>\(title)</bdi></a>\(mark)\(code)</span>
            """
    }
}

/// Where a list goes on, by cursor.
package struct Pager: Part {
    let range: ClosedRange<Int>
    let total: Int
    let noun: String
    let previous: Href?
    let next: Href?

    /// `range` are the positions shown, from 1; the noun is in the plural.
    package init(
        _ range: ClosedRange<Int>, of total: Int, _ noun: String, previous: Href?, next: Href?
    ) {
        self.range = range
        self.total = total
        self.noun = noun
        self.previous = previous
        self.next = next
    }

    /// The position and two links; nothing if everything is on one page.
    package var html: HTML {
        guard previous != nil || next != nil else { return "" }
        let button = "button button-small"
        let back: HTML? = previous.map {
            "<a class=\"\(button)\" rel=\"prev\" href=\"\($0)\">\(Icon.chevronLeft)Previous</a>"
        }
        let on: HTML? = next.map {
            "<a class=\"\(button)\" rel=\"next\" href=\"\($0)\">Next\(Icon.chevronRight)</a>"
        }
        return """
            <div class="pager"><span class="number">\(range.lowerBound.grouped)–\
            \(range.upperBound.grouped) of \(total.grouped) \(noun)</span>\
            <nav aria-label="Pages">\(back)\(on)</nav></div>
            """
    }
}
