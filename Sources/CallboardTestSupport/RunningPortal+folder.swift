import Glibc
package import Store
import Testing

/// The folder that a portal runs in: `app-config.yaml`, and the files that it reads under `files`.
extension RunningPortal {
    /// Replaces a file at once, so that nobody reads half of it.
    package static func write(_ text: String, to path: String) throws {
        let file = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0)
        let bytes = Array(text.utf8)
        let count = Glibc.write(file, bytes, bytes.count)
        close(file)
        try #require(count == bytes.count && rename("\(path).new", path) == 0)
    }

    /// Writes the configuration of a portal that reads the YAML files of the folder `files`.
    package static func configure(_ folder: String, _ location: StoreLocation) throws {
        mkdir("\(folder)/files", 0o700)
        try write(configuration(location), to: "\(folder)/app-config.yaml")
    }

    private static func configuration(_ location: StoreLocation) -> String {
        var lines = [
            "backend:", "  listen: {host: 127.0.0.1, port: 0}",
            "  auth: {dangerouslyDisableDefaultAuthPolicy: true}", "  database:",
        ]
        switch location {
        case .sqliteFile(let path):
            lines += ["    client: better-sqlite3", "    connection: {filename: '\(path)'}"]
        case .sqliteTemporary: break
        case .postgres(let place):
            lines += ["    client: pg", "    schema: \(place.schema)", "    connection:"]
            let parts = [
                ("connectionString", place.connectionString), ("host", place.host),
                ("port", place.port.map(String.init)), ("user", place.user),
                ("password", place.password), ("database", place.database),
            ]
            for (name, value) in parts {
                if let value {
                    lines.append("      \(name): \(name == "port" ? value : "'\(value)'")")
                }
            }
        }
        lines += [
            "callboard: {dataFolder: ./data}", "catalog:", "  locations:",
            "    - {type: file, target: './files/*.yaml'}",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
