/// One property by which a list can be narrowed, with its values and their counts.
package struct Facet: Sendable {
    /// A value.
    package struct Option: Sendable {
        let label: String
        let count: Int?
        let href: Href
        let isChosen: Bool
        let icon: Icon?

        /// `href` is the same list with this value chosen, or no longer chosen.
        package init(
            _ label: String, count: Int?, _ href: Href, isChosen: Bool = false, icon: Icon? = nil
        ) {
            self.label = label
            self.count = count
            self.href = href
            self.isChosen = isChosen
            self.icon = icon
        }
    }

    let name: String
    let options: [Option]
    let isSingle: Bool
    let visible: Int

    /// Of a single facet one value holds; of the others any number.
    ///
    /// The first `visible` values are shown, the others on request; chosen ones are always shown.
    package init(_ name: String, _ options: [Option], isSingle: Bool = false, visible: Int = 6) {
        self.name = name
        self.options = options
        self.isSingle = isSingle
        self.visible = options.count == visible &+ 1 ? options.count : visible
    }

    fileprivate func html(number: Int) -> HTML {
        let first = options.enumerated().filter { $0.offset < visible || $0.element.isChosen }
        let rest = options.enumerated().filter { $0.offset >= visible && !$0.element.isChosen }
        let fold: HTML = """
            <details class="facet-more"><summary><span class="when-closed">\
            \(rest.count.grouped) more</span><span class="when-open">Fewer</span>\
            <span class="hidden-text"> of \(name)</span></summary>\
            <ul>\(rest.map { item($0.element) })</ul></details>
            """
        return """
            <div class="facet\(isSingle ? " facet-pick" : "")" role="group" data-arrows \
            aria-labelledby="facet-\(number)">\
            <h2 class="facet-name" id="facet-\(number)">\(name)</h2>\
            <ul>\(first.map { item($0.element) })</ul>\(rest.isEmpty ? nil : fold)</div>
            """
    }

    private func item(_ option: Option) -> HTML {
        let chosen: HTML? = option.isChosen ? " aria-current=\"true\"" : nil
        let box: HTML? = isSingle ? nil : "<span class=\"box\">\(Icon.check)</span>"
        let count: HTML? = option.count.map { "<span class=\"count\">\($0.grouped)</span>" }
        return """
            <li><a href="\(option.href)"\(chosen)>\(box)\(option.icon)\
            <span class="clip"><bdi>\(option.label)</bdi></span>\(count)</a></li>
            """
    }
}

/// The facets beside a list; on a telephone behind a button, which works without a script.
package struct Facets: Part {
    let facets: [Facet]

    /// In reading order; those without values are left out.
    package init(_ facets: [Facet]) {
        self.facets = facets.filter { !$0.options.isEmpty }
    }

    /// A complementary landmark named "Filters".
    package var html: HTML {
        """
        <aside class="facets" id="filters" aria-label="Filters">\
        <a class="button button-small narrow-only" href="#list">\(Icon.close)Hide filters</a>\
        \(facets.enumerated().map { $0.element.html(number: $0.offset) })</aside>
        """
    }
}

/// What a list is narrowed by, each to be taken away, and how much is left.
package struct ListBar: Part {
    /// One chosen value.
    package struct Chip: Sendable {
        /// The property.
        package let name: String
        /// Its value.
        package let value: String
        let remove: Href

        /// `remove` is the same list without it.
        package init(_ name: String, _ value: String, remove: Href) {
            self.name = name
            self.value = value
            self.remove = remove
        }
    }

    let chips: [Chip]
    let clear: Href?
    let shown: Int
    let total: Int
    let noun: String
    let leading: HTML?

    /// `shown` of `total`, of what the noun in the plural says; `leading` stands before the chips.
    package init(
        chips: [Chip], clear: Href?, shown: Int, total: Int, noun: String, leading: HTML? = nil
    ) {
        self.chips = chips
        self.clear = clear
        self.shown = shown
        self.total = total
        self.noun = noun
        self.leading = leading
    }

    /// One line that wraps.
    package var html: HTML {
        let all: HTML? =
            chips.count > 1
            ? clear.map { "<li><a class=\"clear\" href=\"\($0)\">Clear</a></li>" } : nil
        let items: [HTML] = chips.map {
            """
            <li><a class="chip" href="\($0.remove)"><span class="hidden-text">Remove </span>\
            <span class="chip-key">\($0.name)</span>\
            <span class="clip"><bdi>\($0.value)</bdi></span>\
            \(Icon.close)</a></li>
            """
        }
        let list: HTML =
            "<ul class=\"chips\" aria-label=\"Chosen filters\" data-arrows>\(items)\(all)</ul>"
        let count: HTML =
            shown == total
            ? "<b>\(total.grouped)</b> \(noun)"
            : "<b>\(shown.grouped)</b> of \(total.grouped) \(noun)"
        return """
            <div class="list-bar" id="list">\
            <a class="button button-small narrow-only" href="#filters">\(Icon.filter)Filters</a>\
            \(leading)<p class="list-count">\(count)</p></div>\(chips.isEmpty ? nil : list)
            """
    }
}
