import Settings
import Values

extension CommandContext {
    /// - Parameter files: those of the command line; empty for the usual ones.
    func settingsInput(_ files: [String]) -> SettingsInput {
        SettingsInput(files: files, environment: environment, workingFolder: workingFolder)
    }

    /// Reads and checks the configuration.
    ///
    /// - Parameters:
    ///   - files: those of the command line; empty for the usual ones.
    ///   - host: what the command line says instead of `backend.listen`; as is `port`.
    /// - Throws: `SettingsFailure` or the first `Diagnostic`.
    func configuration(
        _ files: [String], host: String? = nil, port: Int? = nil
    ) throws -> (settings: PortalSettings, configuration: PortalConfiguration) {
        let settings = try PortalSettings.load(settingsInput(files))
        let found = settings.check(ConfigKeys.all)
        guard found.allSatisfy({ $0.severity != .error }) else {
            throw SettingsFailure(diagnostics: settings.diagnostics + found)
        }
        let configuration = try PortalConfiguration(
            settings, workingFolder: workingFolder, host: host, port: port)
        return (settings, configuration)
    }

    /// The same for commands that stop where it is wrong: what is wrong has then been said.
    func checkedConfiguration(_ files: [String]) -> PortalConfiguration? {
        do {
            return try configuration(files).configuration
        } catch {
            complain(of: error)
            return nil
        }
    }

    /// Says what is wrong with a configuration; without its lines, for secrets may stand in them.
    func complain(of error: any Error) {
        let diagnostics =
            (error as? SettingsFailure)?.diagnostics ?? [error as? Diagnostic].compactMap { $0 }
        for diagnostic in diagnostics where diagnostic.severity != .info {
            var shown = diagnostic
            shown.file = shown.file.map(self.shown)
            console.complain(shown.report())
        }
        if diagnostics.isEmpty { console.complain("callboard: \(error)") }
    }

    /// A path as somebody types it here.
    func shown(_ path: String) -> String {
        workingFolder.count > 1 && path.hasPrefix("\(workingFolder)/")
            ? String(path.dropFirst(workingFolder.count + 1)) : path
    }
}
