import CallboardTestSupport
import Glibc
import Settings
import Values

/// A temporary folder with files, removed when nobody holds it any more.
struct SettingsFolder: Sendable {
    private let folder: TemporaryFolder
    var path: String { folder.path }

    /// - Parameter files: name and content; a name may hold folders.
    init(_ files: KeyValuePairs<String, String>) throws {
        folder = try TemporaryFolder()
        for (name, content) in files {
            let parts = name.split(separator: "/")
            for count in 1..<max(parts.count, 1) {
                mkdir("\(path)/\(parts.prefix(count).joined(separator: "/"))", 0o700)
            }
            guard let file = fopen("\(path)/\(name)", "w") else { continue }
            fputs(content, file)
            fclose(file)
        }
    }

    /// The configuration of the folder, or what is wrong with it.
    func load(
        _ files: [String] = [], _ environment: [String: String] = [:]
    ) -> Result<PortalSettings, SettingsFailure> {
        do throws(SettingsFailure) {
            return .success(
                try PortalSettings.load(
                    SettingsInput(files: files, environment: environment, workingFolder: path)))
        } catch {
            return .failure(error)
        }
    }
}
