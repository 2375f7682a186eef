package import Values

/// One document of a file.
package struct DescriptorDocument: Sendable {
    /// The value; of a document that is broken, what stood before the fault.
    ///
    /// Every node has its place in the file. What an alias repeats has the place of the text that
    /// the anchor marks.
    package let root: JSON
    /// Its number in the file from 0; empty documents are not counted.
    package let index: Int
    /// Where the document begins.
    package let place: TextPosition
    /// What was found in it, warnings included.
    package let diagnostics: [Diagnostic]

    package init(root: JSON, index: Int, place: TextPosition, diagnostics: [Diagnostic]) {
        self.root = root
        self.index = index
        self.place = place
        self.diagnostics = diagnostics
    }
}

/// What a file of descriptors holds.
package struct Documents: Sendable {
    /// The documents that were read whole, in order.
    package internal(set) var documents: [DescriptorDocument] = []
    /// The documents that were not, in order; a fault of the whole file makes none.
    package internal(set) var broken: [DescriptorDocument] = []
    /// Everything that was found: the diagnostics of all documents and those of the file.
    package var diagnostics: [Diagnostic] = []

    /// Whether everything was read: there may be warnings, but no error.
    package var isWhole: Bool { !diagnostics.contains { $0.severity == .error } }
}

/// Reads a stream of YAML documents, of which JSON is one form, by the 1.2 core schema.
///
/// The outcome is what Backstage's `yaml` package makes of the same bytes, with these differences.
/// A fault costs only its document: those before it are kept, and reading goes on at the next
/// `---` line. Control characters and a line break's look-alike U+0085 are refused. Keys that
/// differ only before they become text (`1` and `"1"`) are the same key. A flow collection may
/// stand as far left as it likes. `!!binary`, `!!timestamp`, `!!set` and `!!omap` leave the text
/// or collection as it is. Refused because libyaml has no rule for them: `{a:}`, an empty key
/// without `?`, a key in a flow collection that is longer than 1,024 characters or a line, and an
/// anchor whose name ends in a colon.
///
/// - Parameter file: what diagnostics call the source.
package func readDocuments(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String?,
    limits: DescriptorLimits = DescriptorLimits()
) -> Documents {
    var reader = StreamReader(bytes, file: file, limits: limits)
    return reader.read()
}

/// Reads a stream of YAML documents; see the other form.
package func readDocuments(
    _ bytes: [UInt8], file: String?, limits: DescriptorLimits = DescriptorLimits()
) -> Documents {
    bytes.withUnsafeBufferPointer { readDocuments($0, file: file, limits: limits) }
}
