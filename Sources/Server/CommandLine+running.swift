import Glibc
import Telemetry

/// Runs the command that the arguments name.
///
/// - Returns: the exit status.
package func runCallboard(_ arguments: [String]) async -> Int32 {
    var environment: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let parts = String(cString: text).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
        entry += 1
    }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let folder = getcwd(&buffer, buffer.count).map { String(cString: $0) } ?? "/"
    var files: [String] = []
    var format = LogFormat.readable
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
        switch argument {
        case "--config": if let file = rest.popFirst() { files.append(file) }
        case "--log-format": if rest.popFirst() == "json" { format = .json }
        default: continue
        }
    }
    return await ServeCommand(
        files: files, logFormat: format, environment: environment, workingFolder: folder
    ).run()
}
