import Files
import Store

extension CommandContext {
    /// Why there is no catalog to work on; nil where there is one.
    ///
    /// Opening would make a database where there is none.
    func whyNoCatalog(_ store: StoreLocation) -> String? {
        switch store {
        case .postgres: return nil
        case .sqliteTemporary:
            return "the configuration has no lasting database"
                + "\n  name one: `backend: {database: {connection: {directory: ./data}}}`"
        case .sqliteFile(let path):
            let names = path.split(separator: "/")
            let folder = "/" + names.dropLast().joined(separator: "/")
            guard let name = names.last, let root = try? FileRoot(folder),
                (try? root.stamp(of: String(name))) != nil
            else {
                return
                    "there is no database \(shown(path))\n  `callboard serve` makes it; is the "
                    + "configuration the portal's own?"
            }
            return nil
        }
    }
}
