/// A text that is to be put in order, with eight of its bytes at hand.
///
/// The memory of the text is lent: it has to outlive the sorting.
struct OrderedText {
    /// The bytes after those that all texts share, the first uppermost, zero behind the end.
    var prefix: UInt64 = 0
    let text: UnsafeBufferPointer<UInt8>
    /// What it is a text of: means nothing here.
    let source: UInt32
    let index: UInt32

    init(_ text: UnsafeBufferPointer<UInt8>, source: UInt32 = 0, index: Int) {
        self.text = text
        self.source = source
        self.index = UInt32(truncatingIfNeeded: index)
    }
}

/// Sorts texts by their bytes.
///
/// Most values of a key begin alike (`https://…`, `component:default/…`), and most differ in the
/// eight bytes after that, so that few comparisons have to look at the text. What is sorted in
/// runs already, as when segments are merged, is merged run by run.
///
/// - Parameter isBefore: decides between two of the same bytes.
func sort(_ texts: inout [OrderedText], ties isBefore: (OrderedText, OrderedText) -> Bool) {
    guard texts.count > 1 else { return }
    let shared = sharedPrefix(texts)
    for index in texts.indices { texts[index].prefix = word(texts[index].text, at: shared) }
    texts.sort { left, right in
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        let order: Int
        if left.text.count <= shared + 8, right.text.count <= shared + 8 {
            order = left.text.count - right.text.count
        } else {
            order = compareBytes(left.text, right.text)
        }
        return order == 0 ? isBefore(left, right) : order < 0
    }
}

/// How many bytes all texts begin with.
private func sharedPrefix(_ texts: [OrderedText]) -> Int {
    let first = texts[0].text
    var shared = first.count
    for other in texts {
        shared = min(shared, other.text.count)
        var index = 0
        while index < shared, first[index] == other.text[index] { index += 1 }
        shared = index
        if shared == 0 { break }
    }
    return shared
}

@inline(__always)
private func word(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> UInt64 {
    if text.count - start >= 8, let base = text.baseAddress {
        return UInt64(
            bigEndian: UnsafeRawPointer(base + start).loadUnaligned(as: UInt64.self))
    }
    var word: UInt64 = 0
    for offset in 0..<8 {
        word = word << 8 | (start + offset < text.count ? UInt64(text[start + offset]) : 0)
    }
    return word
}
