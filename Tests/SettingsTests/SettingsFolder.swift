import Glibc
import Settings
import Values

/// A temporary folder with files, removed at the end.
struct SettingsFolder: ~Copyable {
    let path: String
    /// What was made, outermost first.
    private var made: [String]

    /// - Parameter files: name and content; a name may hold folders.
    init(_ files: KeyValuePairs<String, String>) {
        var template = Array("/tmp/settings-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
        made = [path]
        for (name, content) in files {
            let parts = name.split(separator: "/")
            for count in 1..<max(parts.count, 1) {
                let folder = "\(path)/\(parts.prefix(count).joined(separator: "/"))"
                if mkdir(folder, 0o700) == 0 { made.append(folder) }
            }
            guard let file = fopen("\(path)/\(name)", "w") else { continue }
            fputs(content, file)
            fclose(file)
            made.append("\(path)/\(name)")
        }
    }

    deinit {
        for item in made.reversed() { remove(item) }
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
