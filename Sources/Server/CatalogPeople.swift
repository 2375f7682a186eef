import Access
import Catalog
import CatalogModel
import Values

/// Finds people for signing in: the Users of the catalog.
struct CatalogPeople: PeopleDirectory {
    let state: CatalogState

    func person(_ ref: EntityRef) async throws -> Person? {
        let snapshot = state.snapshot
        return snapshot.entity(ref.canonical).map { person($0, snapshot) }
    }

    func people(with value: String, at key: String) async throws -> [Person] {
        let snapshot = state.snapshot
        let wanted = Predicate.all([
            .equals("kind", ["user"]), .equals(folded(key), [folded(value)]),
        ])
        return snapshot.select(wanted, .everything(because: "signing in")).entities.prefix(2).map {
            person($0, snapshot)
        }
    }

    private func person(_ entity: IndexedEntity, _ snapshot: Snapshot) -> Person {
        Person(
            ref: snapshot.ref(of: entity),
            groups: snapshot.relations(of: entity).filter { $0.type == .memberOf }.map(\.target)
                .filter { $0.hasPrefix("group:") })
    }
}
