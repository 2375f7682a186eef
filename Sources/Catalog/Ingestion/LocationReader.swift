package import CatalogModel
package import Values

/// What was found where a location points.
package enum Reading: Sendable {
    /// The files, in a settled order; one for an address, several for a pattern.
    case files([FileReading])
    /// Nothing is there.
    case missing(Diagnostic)
    /// It could not be found out.
    case failed(Diagnostic)
}

/// One file or address that was read.
package struct FileReading: Sendable {
    /// What reading the file gave.
    package enum Content: Sendable {
        case bytes([UInt8], etag: String?)
        /// The source says that it is what was read before.
        case unchanged
        case failed(Diagnostic)
    }

    /// Where this file is by itself.
    package let location: LocationRef
    package let content: Content

    package init(location: LocationRef, content: Content) {
        self.location = location
        self.content = content
    }
}

/// Reads what locations point to; the seam that tests replace by files in memory.
package protocol LocationReader: Sendable {
    /// Reads all files of a location.
    ///
    /// - Parameter etag: what the address said of its version when it was last read in full.
    func read(_ location: LocationRef, etag: String?) async -> Reading

    /// Where a target of a Location entity points.
    ///
    /// - Parameters:
    ///   - type: the location's type.
    ///   - base: the file that the Location entity stands in.
    /// - Returns: a diagnostic where the target cannot point anywhere.
    func resolve(_ target: String, type: String, from base: LocationRef)
        -> Result<LocationRef, Diagnostic>

    /// Reads the text that a placeholder of a file names.
    func readText(_ target: String, from base: LocationRef) async
        -> Result<(location: LocationRef, bytes: [UInt8]), Diagnostic>

    /// The annotations that say where a file can be seen and edited.
    func annotations(of location: LocationRef) -> [(name: String, value: String)]
}
