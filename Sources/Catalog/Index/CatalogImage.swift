import Postings
import Store
import Values

/// The image of the index in a file: of which database, and of which state of it, it is.
enum CatalogImage {
    /// Changes whenever the same content would be indexed otherwise: an older image is then no use.
    private static let format: UInt64 = 1

    /// The label of an image of a revision; nil where the database has no such change.
    ///
    /// The change itself is part of it: another database, or one that was restored and went on
    /// from an earlier state, has other changes under the same numbers.
    static func label(_ reader: Reader, _ revision: Int64) throws -> UInt64? {
        guard let change = try CatalogQueries.change(reader, revision) else { return nil }
        let label = Array("\(format) \(revision) \(change)".utf8)
        return label.withUnsafeBytes { hashBytes($0) }
    }

    /// The image, where it is of this database as it was at some revision.
    static func open(
        at path: String?, _ reader: Reader
    ) throws -> Result<(segment: Segment, revision: Int64), ImageFault> {
        guard let path, let revision = SegmentImage.revision(at: path) else {
            return .failure(.missing)
        }
        // What was erased since may be in it.
        guard revision >= (try HistoryQueries.lastErasure(reader)),
            let label = try label(reader, revision)
        else { return .failure(.otherFormat) }
        do throws(ImageFault) {
            return .success(try SegmentImage.open(at: path, label: label))
        } catch {
            return .failure(error)
        }
    }
}

extension ImageFault {
    /// What is the matter, in a few words.
    var words: String {
        switch self {
        case .missing: "there is no image"
        case .otherFormat: "the image is of another version or database"
        case .damaged: "the image is damaged"
        case .unreadable(let why): why
        }
    }
}
