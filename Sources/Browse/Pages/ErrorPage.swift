package import Markup

/// What a page says that could not be shown.
package struct ErrorModel: Sendable {
    /// The HTTP status.
    package var status: Int
    /// What happened: "There is no component called cart".
    package var title: String
    /// Why, and what to do next; a sentence or two.
    package var explanation: String
    /// What may have been meant.
    package var suggestions: [EntityLink]
    /// Buttons that lead on.
    package var actions: [Button]
    /// What to tell those who run the portal, such as the request's id.
    package var reference: String?

    /// An error without suggestions.
    package init(
        status: Int, title: String, explanation: String, suggestions: [EntityLink] = [],
        actions: [Button] = [], reference: String? = nil
    ) {
        self.status = status
        self.title = title
        self.explanation = explanation
        self.suggestions = suggestions
        self.actions = actions
        self.reference = reference
    }
}

/// A page that could not be shown: not there, not allowed, or broken.
package struct ErrorPage: Sendable {
    let model: ErrorModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: ErrorModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page; without rail and top line for those who are not signed in.
    package var html: HTML {
        let meant: HTML = """
            <section class="section"><h2>Did you mean</h2>\(RelationListBody(model.suggestions))\
            </section>
            """
        let reference: HTML? = model.reference.map {
            """
            <p class="quiet small with-copy">Reference <span class="mono">\($0)</span>\
            \(CopyButton($0, what: "the reference"))</p>
            """
        }
        let content: HTML = """
            <div class="trouble"><div><p class="quiet">\(kind)</p><h1>\(model.title)</h1></div>
            <p>\(model.explanation)</p>
            \(model.suggestions.isEmpty ? nil : meant)
            \(model.actions.isEmpty
                ? nil : "<div class=\"form-actions\">\(model.actions.map(\.html))</div>")
            \(reference)</div>
            """
        return shell.person == nil
            ? shell.barePage(title: model.title, content) : shell.page(title: model.title, content)
    }

    private var kind: String {
        switch model.status {
        case 401, 403: "Not allowed"
        case 404, 410: "Not found"
        case 400..<500: "Not understood"
        default: "Something broke on our side"
        }
    }
}
