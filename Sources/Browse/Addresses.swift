package import Markup

extension Links {
    /// The page of an entity, at the address that Backstage has for it.
    package func entity(namespace: String, kind: String, name: String) -> Href {
        to("catalog", namespace, kind, name)
    }
}
