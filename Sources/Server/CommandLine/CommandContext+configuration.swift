import Settings

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
}
