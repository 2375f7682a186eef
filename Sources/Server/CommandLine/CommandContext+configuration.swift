import Settings
import Values

extension CommandContext {
    /// Reads and checks the configuration as `serve` does.
    ///
    /// - Parameters:
    ///   - files: those of the command line; empty for the usual ones.
    ///   - host: what the command line says instead of `backend.listen`; as is `port`.
    /// - Throws: `SettingsFailure` or the first `Diagnostic`.
    func configuration(
        _ files: [String], host: String? = nil, port: Int? = nil
    ) throws -> (settings: PortalSettings, configuration: PortalConfiguration) {
        let settings = try PortalSettings.load(
            SettingsInput(files: files, environment: environment, workingFolder: workingFolder))
        let configuration = try PortalConfiguration(
            settings, workingFolder: workingFolder, host: host, port: port)
        return (settings, configuration)
    }

    /// The same for commands that stop where it is wrong: what is wrong has then been said.
    func checkedConfiguration(_ files: [String]) async -> PortalConfiguration? {
        do {
            return try configuration(files).configuration
        } catch {
            complain(of: error)
            return nil
        }
    }

    /// Says what is wrong with a configuration.
    func complain(of error: any Error) {
        let diagnostics =
            (error as? SettingsFailure)?.diagnostics ?? [error as? Diagnostic].compactMap { $0 }
        for diagnostic in diagnostics { console.complain(diagnostic.report()) }
        if diagnostics.isEmpty { console.complain("callboard: \(error)") }
    }
}
