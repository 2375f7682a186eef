import Glibc
import Settings
import Testing
import Values

/// The folder with recorded answers and real files, which is not part of the repository.
private let shared = getenv("CALLBOARD_SHARED").map { String(cString: $0) } ?? "../shared"

/// The configuration files of running portals, by their path.
private let files: [String] = {
    var found: [String] = []
    func walk(_ folder: String) {
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            if name.hasSuffix(".yaml") { found.append("\(folder)/\(name)") }
            walk("\(folder)/\(name)")
        }
    }
    walk("\(shared)/corpus/app-config")
    return found.sorted()
}()

@Suite(.enabled(if: !files.isEmpty, "there is no CALLBOARD_SHARED"))
struct `Real configuration files` {
    @Test func `load, but for files that they name and that are not there`() {
        #expect(files.count == 45)
        for file in files {
            let input = SettingsInput(
                files: [file], environment: ["PORT": "7007"], workingFolder: "/")
            do throws(SettingsFailure) {
                let settings = try PortalSettings.load(input)
                #expect(settings.root?.members.isEmpty == false, "\(file)")
                #expect(!settings.yaml([]).isEmpty)
            } catch {
                let errors = error.diagnostics.filter { $0.severity == .error }
                #expect(errors.allSatisfy { $0.code == "config.missing-file" }, "\(errors)")
            }
        }
    }
}
