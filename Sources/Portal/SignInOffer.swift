/// A way to sign in, as the feature that signs people in offers it to the page.
package struct SignInOffer: Sendable {
    /// For people: `Guest`.
    package let title: String
    /// Where its form goes, below the base path.
    package let action: String
    /// The form's field for where to go afterwards.
    package let returnField: String

    package init(title: String, action: String, returnField: String) {
        self.title = title
        self.action = action
        self.returnField = returnField
    }
}
