import Files
import Glibc
import Jobs
import Store
import Telemetry

/// This process among the replicas of the portal.
///
/// A process that finds its data folder unlocked follows one that is gone. It goes on under the
/// same name, so that what that one held need not be waited for.
struct Replica: Sendable {
    /// The machine's name and a number that stays in the data folder; without the machine's name
    /// a copied folder would make one replica of two.
    let id: String
    /// Locked for this process; nil where there is none, or another process has it.
    let folder: DataFolder?
    private let log: Log

    /// Takes the data folder's lock, if nobody has it.
    init(dataFolder path: String?, log: Log) {
        self.log = log
        var folder: DataFolder?
        if let path {
            do throws(FileError) { folder = try DataFolder(path) } catch {
                log.warning(
                    "The data folder cannot be locked; each replica should have one of its own",
                    ["folder": .string(path), "reason": .string(String(describing: error))])
            }
        }
        self.folder = folder
        id = "\(Self.hostName)/\(Self.number(in: folder))"
    }

    func leases(_ database: Database) -> LeaseHolder {
        LeaseHolder(database: database, id: id, log: log)
    }

    private static let file = "replica"

    private static func number(in folder: DataFolder?) -> String {
        if let known = try? folder?.root.read(file, limit: 64).bytes {
            let text = String(decoding: known, as: UTF8.self)
            if text.utf8.count == 36 { return text }
        }
        let number = IDGenerator.random.uuid()
        // Without it the next start waits some seconds for the leases of this one.
        try? folder?.replace(file, with: Array(number.utf8))
        return number
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
