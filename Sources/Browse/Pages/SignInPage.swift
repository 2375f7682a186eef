package import Markup

/// What the sign-in page offers.
package struct SignInModel: Sendable {
    /// A way to sign in that is one click.
    package struct Method: Sendable {
        let label: String
        let icon: Icon
        let effect: ButtonEffect

        /// The label says all: "Continue with GitHub".
        package init(_ label: String, icon: Icon, _ effect: ButtonEffect) {
            self.label = label
            self.icon = icon
            self.effect = effect
        }
    }

    /// Signing in with a name and a password.
    package struct PasswordForm: Sendable {
        let action: Href
        let fields: [QueryItem]
        let user: String
        let error: String?

        /// `fields` are hidden ones; `user` is what was typed, `error` why it was refused.
        package init(action: Href, fields: [QueryItem], user: String = "", error: String? = nil) {
            self.action = action
            self.fields = fields
            self.user = user
            self.error = error
        }
    }

    /// Buttons, the usual one first.
    package var methods: [Method]
    /// The form, if people have passwords here.
    package var password: PasswordForm?
    /// Said above: the session ended, the provider refused.
    package var notices: [Notice]
    /// A line at the foot, such as the version.
    package var footer: String?

    /// The ways to sign in.
    package init(
        methods: [Method], password: PasswordForm? = nil, notices: [Notice] = [],
        footer: String? = nil
    ) {
        self.methods = methods
        self.password = password
        self.notices = notices
        self.footer = footer
    }
}

/// Where one signs in.
package struct SignInPage: Sendable {
    let model: SignInModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: SignInModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page, without rail and top line.
    package var html: HTML {
        let hasBoth = !model.methods.isEmpty && model.password != nil
        let buttons: HTML = "<div class=\"methods\">\(model.methods.enumerated().map(button))</div>"
        return shell.barePage(
            title: "Sign in",
            """
            <h1>Sign in</h1>
            \(model.notices.map(\.html))
            \(model.methods.isEmpty ? nil : buttons)
            \(hasBoth ? "<p class=\"or\">or</p>" : nil)
            \(model.password.map(form))
            \(model.methods.isEmpty && model.password == nil ? nothing : nil)
            """, footer: model.footer.map { HTML(text: $0) })
    }

    private func button(_ index: Int, _ method: SignInModel.Method) -> HTML {
        Button(
            method.label, method.effect, icon: method.icon,
            style: index == 0 && model.password == nil ? .primary : .plain, isWide: true
        ).html
    }

    private func form(_ form: SignInModel.PasswordForm) -> HTML {
        let error: HTML? = form.error.map {
            "<p class=\"error\" id=\"sign-in-error\">\(Icon.error)<span>\($0)</span></p>"
        }
        let isInvalid = form.error == nil ? nil : "true"
        let describedBy = form.error == nil ? nil : "sign-in-error"
        return """
            <form class="form" method="post" action="\(form.action)">\(HiddenFields(form.fields))
            <div class="field"><label for="sign-in-user">Name</label>\
            <input class="input" id="sign-in-user" name="user" value="\(form.user)" required \
            autocomplete="username" autocapitalize="none" spellcheck="false"\
            \(attribute: "aria-invalid", isInvalid)></div>
            <div class="field"><label for="sign-in-password">Password</label>\
            <input class="input" id="sign-in-password" name="password" type="password" required \
            autocomplete="current-password"\(attribute: "aria-invalid", isInvalid)\
            \(attribute: "aria-describedby", describedBy)>\(error)</div>
            <button class="button button-primary button-wide">Sign in</button></form>
            """
    }

    private var nothing: HTML {
        EmptyState(
            "There is no way to sign in.",
            why: """
                No provider is configured under <code>auth.providers</code>. Whoever runs the \
                portal can add one.
                """
        ).html
    }
}
