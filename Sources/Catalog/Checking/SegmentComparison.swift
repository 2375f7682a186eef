import Postings

/// One thing that two indexes of the same entities do not agree about.
enum IndexDifference: Equatable {
    /// Only the one that was built now has the entity.
    case missing(ref: String)
    /// Only the one that was kept has it.
    case surplus(ref: String)
    case slot(ref: String)
    case stamp(ref: String)
    case edges(ref: String)
    /// Only one of them knows the key.
    case key(String)
    /// They know other values of the key.
    case values(key: String)
    /// Other entities have the value.
    case postings(key: String, value: String)
}

/// Asks two segments the same questions; pure.
///
/// Entities first: only where both have the same can the rest be compared number by number.
struct SegmentComparison {
    /// Built from the contents now.
    let built: Segment
    /// What was kept.
    let kept: Segment

    func forEachDifference(_ body: (IndexDifference) -> Void) {
        guard compareEntities(body) else { return }
        for document in 0..<built.count {
            let ref = text(built.name(of: document))
            if built.slot(of: document) != kept.slot(of: document) { body(.slot(ref: ref)) }
            if !built.stamp(of: document).elementsEqual(kept.stamp(of: document)) {
                body(.stamp(ref: ref))
            }
            let same = built.edges(of: document).elementsEqual(kept.edges(of: document)) {
                $0 == $1
            }
            if !same { body(.edges(ref: ref)) }
        }
        compareColumns(body)
    }

    /// Whether both have the same entities.
    private func compareEntities(_ body: (IndexDifference) -> Void) -> Bool {
        var (left, right) = (0, 0)
        var areSame = true
        while left < built.count || right < kept.count {
            let order: Int
            if left == built.count {
                order = 1
            } else if right == kept.count {
                order = -1
            } else {
                order = byteOrder(built.name(of: left), kept.name(of: right))
            }
            if order < 0 { body(.missing(ref: text(built.name(of: left)))) }
            if order > 0 { body(.surplus(ref: text(kept.name(of: right)))) }
            if order != 0 { areSame = false }
            if order <= 0 { left += 1 }
            if order >= 0 { right += 1 }
        }
        return areSame
    }

    private func compareColumns(_ body: (IndexDifference) -> Void) {
        var (left, right) = (0, 0)
        while left < built.keyCount || right < kept.keyCount {
            let one = left < built.keyCount ? built.column(at: left) : nil
            let other = right < kept.keyCount ? kept.column(at: right) : nil
            let order =
                one.flatMap { one in other.map { byteOrder(one.name, $0.name) } }
                ?? (one == nil ? 1 : -1)
            if order <= 0 { left += 1 }
            if order >= 0 { right += 1 }
            if order == 0, let one, let other {
                compare(one, other, body)
            } else if let only = order < 0 ? one : other {
                body(.key(shown(only.name)))
            }
        }
    }

    private func compare(_ one: Column, _ other: Column, _ body: (IndexDifference) -> Void) {
        let areSame =
            one.count == other.count && one.isEdge == other.isEdge
            && (0..<one.count).allSatisfy { value in
                one.folded(value).elementsEqual(other.folded(value))
                    && one.original(value).elementsEqual(other.original(value))
            }
        guard areSame else { return body(.values(key: shown(one.name))) }
        if documents(one.having) != documents(other.having) {
            body(.postings(key: shown(one.name), value: "anything"))
        }
        for value in 0..<one.count
        where documents(one.postings(value)) != documents(other.postings(value)) {
            body(.postings(key: shown(one.name), value: text(one.original(value))))
        }
    }

    private func documents(_ list: PostingList) -> [Int] {
        var found: [Int] = []
        found.reserveCapacity(list.count)
        _ = list.forEach {
            found.append($0)
            return true
        }
        return found
    }

    private func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// A key for people: those of the index's own begin with a NUL.
    private func shown(_ key: UnsafeBufferPointer<UInt8>) -> String {
        text(key).replacing("\u{0}", with: "")
    }
}
