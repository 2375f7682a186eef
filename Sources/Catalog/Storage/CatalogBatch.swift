package import CatalogModel
package import Values

/// A file, address or provider record that entities are read from.
package struct Item: Sendable, Equatable {
    /// How the last reading went.
    package enum State: String, Sendable {
        case read, failed, missing
    }

    /// Its primary key, which the stamps of its entities carry.
    package var number: UInt32
    /// Where it is: the text of a location reference.
    package var location: String
    /// The location that reading began with: what `managed-by-origin-location` says.
    package var origin: String
    /// The SHA-256 of what was read; nil where nothing ever was.
    package var hash: [UInt8]?
    /// The address's own word for its version, for conditional reading.
    package var etag: String?
    package var state: State
    /// Milliseconds since 1970.
    package var readAt: Int64

    /// Whether something was read there; otherwise it stands for a source itself, or for what was
    /// restored.
    var isFile: Bool { !location.hasPrefix("source ") && location != Item.restored }

    /// The location of the item of all that was restored and that no file declares.
    static let restored = "restored"
}

/// Where reading begins: a location of the configuration, or one that was registered.
package struct Source: Sendable, Equatable {
    /// Who named it: the configuration, or somebody through the API.
    package enum Origin: String, Sendable { case configuration, registered }

    /// Its primary key; 0 before it is stored.
    package var number: Int64
    /// The id that the API shows.
    package var uid: String
    package var location: LocationRef
    package var origin: Origin
    package var isOptional: Bool
}

/// What was not read, was refused or is claimed twice, and where.
package struct Problem: Sendable {
    package var item: UInt32
    /// Canonical; nil where the document says no usable name.
    package var ref: String?
    package var diagnostic: Diagnostic
    /// The document, where it could not become an entity but may later: a conflict's loser, an
    /// unknown kind.
    package var candidate: [UInt8]?
    /// Since when it is so, in milliseconds since 1970.
    package var since: Int64

    package init(
        item: UInt32, ref: String?, diagnostic: Diagnostic, candidate: [UInt8]? = nil,
        since: Int64 = 0
    ) {
        self.item = item
        self.ref = ref
        self.diagnostic = diagnostic
        self.candidate = candidate
        self.since = since
    }
}

/// One entity's change within a batch.
struct EntityChange: Sendable {
    /// What an entity says of itself, ready to be stored and indexed.
    struct Content: Sendable {
        /// JSON that begins with `{"metadata":{`, without uid, etag and relations.
        var bytes: [UInt8]
        var json: JSON
        /// ``EntityStamp/hash`` of the bytes.
        var hash: [UInt8]
        var relations: [EntityRelation]
        /// As it is stored.
        var compressed: [UInt8]
    }

    var ref: String
    /// nil: the entity goes.
    var content: Content?
    /// nil: the entity is new.
    var known: (number: Int64, slot: Int64)?
    var uid: [UInt8]
    var item: UInt32
    var cause: Cause
}

/// What is committed together, in one transaction; in one revision as far as it fits into one.
struct CatalogBatch: Sendable {
    var author: String
    var cause: String
    var entities: [EntityChange] = []
    var items: [Item] = []
    var removedItems: [UInt32] = []
    /// Items whose problems are replaced by those given.
    var problems: [UInt32: [Problem]] = [:]
    /// Items whose references' places are replaced by those given; they come with their item.
    var references: [UInt32: [UInt8]] = [:]
    /// Location entities whose targets are replaced by those given, in their order.
    var reach: [String: [UInt32]] = [:]
    var addedSources: [Source] = []
    var removedSources: [Int64] = []
    /// What waits to be removed, by the numbers of sources.
    var removals: [Int64: PendingRemovalChange] = [:]
    var dictionary: (number: Int64, bytes: [UInt8])?

    /// How many versions a revision takes at most; see ``Slot``.
    var versionsPerRevision = Int(Slot.versionsPerRevision)

    /// How many revisions it takes: one, unless it has more versions than fit into one.
    var revisionCount: Int {
        max(1, (entities.count + versionsPerRevision - 1) / versionsPerRevision)
    }

    /// The slot of the version that one of the entities gets.
    ///
    /// - Parameter first: the first revision of the batch.
    func slot(of index: Int, from first: Int64) -> Int64 {
        Slot.first(of: first + Int64(index / versionsPerRevision))
            + Int64(index % versionsPerRevision)
    }

    /// Whether it takes a revision.
    var isEmpty: Bool {
        entities.isEmpty && items.isEmpty && removedItems.isEmpty && problems.isEmpty
            && reach.isEmpty && addedSources.isEmpty && removedSources.isEmpty
            && removals.isEmpty && dictionary == nil
    }
}

/// Another process committed first: what this batch was computed from is no longer so.
struct StaleBatch: Error {}
