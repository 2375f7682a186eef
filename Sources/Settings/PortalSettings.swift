package import Values

/// What the configuration is loaded from.
package struct SettingsInput: Sendable {
    /// What `--config` named, lowest weight first; empty for the files with the usual names.
    package var files: [String]
    /// The variables of the process.
    package var environment: [String: String]
    /// What relative paths start from.
    package var workingFolder: String

    package init(files: [String], environment: [String: String], workingFolder: String) {
        self.files = files
        self.environment = environment
        self.workingFolder = workingFolder
    }
}

/// Why a configuration could not be loaded: everything that was found, at least one an error.
package struct SettingsFailure: Error, Sendable {
    package let diagnostics: [Diagnostic]

    package init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }
}

/// A variable that is not set, and where it is used.
package struct UnsetVariable: Sendable {
    package let name: String
    package let origin: SettingOrigin
}

/// The configuration of the portal, or a part of it: what Backstage's `app-config.yaml` files say.
///
/// Files are merged in the order of their weight, the last one wins, and `APP_CONFIG_…` variables
/// win over all files. Every value remembers where it stands. The value is read by dotted paths
/// that start at this part: `listen.port`, `locations.0.target`, `locations[0].target`.
package struct PortalSettings: Sendable {
    /// The path of this part in the whole; empty for the whole.
    package let path: String
    /// The merged value of this part; nil where it is absent.
    package let root: Setting?
    /// What was found while loading, without errors: those make a failure.
    package let diagnostics: [Diagnostic]
    /// The paths of all files that were looked at, for a watcher.
    package let files: [String]
    /// The keys that are absent because a variable is not set, by their path in the whole.
    package let unset: [String: UnsetVariable]

    /// Loads and merges the configuration.
    ///
    /// Where no file is named these are read from the working folder if they exist:
    /// `app-config.yaml`, `app-config.<env>.yaml`, `app-config.local.yaml` and
    /// `app-config.<env>.local.yaml`, where `<env>` is `BACKSTAGE_ENV`.
    package static func load(_ input: SettingsInput) throws(SettingsFailure) -> PortalSettings {
        var resolver = SettingsResolver(environment: input.environment)
        var root = Setting(.object([]), SettingOrigin(file: "defaults", place: .unknown))
        let folder = input.workingFolder
        let names = input.files.isEmpty ? defaultFiles(in: folder, input.environment) : input.files
        for name in names {
            if let layer = resolver.file(name, in: folder) { root = root.merged(with: layer) }
        }
        let (layer, faults) = environmentSettings(input.environment)
        if let layer { root = root.merged(with: layer) }
        let diagnostics = resolver.diagnostics + faults
        guard !diagnostics.contains(where: { $0.severity == .error }) else {
            throw SettingsFailure(diagnostics: diagnostics)
        }
        return PortalSettings(
            path: "", root: root, diagnostics: diagnostics, files: resolver.files,
            unset: resolver.unset)
    }

    private static func defaultFiles(
        in folder: String, _ environment: [String: String]
    ) -> [String] {
        var names = ["app-config.yaml", "app-config.local.yaml"]
        // The name becomes part of a path: one that leads elsewhere is none.
        if let name = environment["BACKSTAGE_ENV"], !name.isEmpty, !name.contains("/") {
            names.insert("app-config.\(name).yaml", at: 1)
            names.append("app-config.\(name).local.yaml")
        }
        return names.filter { settingsFileExists(settingsPath($0, in: folder)) }
    }

    /// This part with another value, further down.
    func part(_ keys: [String], _ value: Setting?) -> PortalSettings {
        PortalSettings(
            path: whole(keys), root: value, diagnostics: [], files: files, unset: unset)
    }

    /// The path in the whole, with list indexes in brackets.
    func whole(_ keys: some Sequence<String>) -> String {
        keys.reduce(path) { path, key in
            if !path.isEmpty, Int(key) != nil { return "\(path)[\(key)]" }
            return path.isEmpty ? key : "\(path).\(key)"
        }
    }
}
