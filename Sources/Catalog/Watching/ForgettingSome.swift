import CatalogModel
import Values

/// What is known, but for some files: those are read as if for the first time.
///
/// For files whose own bytes are the same while a text that they name by a placeholder changed.
struct ForgettingSome: WalkKnowledge {
    let base: any WalkKnowledge
    /// The text of their locations.
    let forgotten: Set<String>

    func known(_ location: String) -> (hash: [UInt8], etag: String?)? {
        forgotten.contains(location) ? nil : base.known(location)
    }

    func failures(of location: String) -> [Diagnostic] { base.failures(of: location) }
    func holder(of ref: String) -> String? { base.holder(of: ref) }

    func locations(declaredBy location: String) async throws
        -> [(ref: String, targets: LocationTargets)]
    {
        try await base.locations(declaredBy: location)
    }
}
