import Foundation
import PackagePlugin

/// Turns every file of a target's `Assets` folder into a `StaticString` of the enum `Embedded`.
///
/// A plugin rather than a checked-in generated file: the assets cannot be out of date, an edit of a
/// stylesheet is one file in review, and only this one generated file is compiled again. String
/// literals rather than `.embedInCode`, whose array literals take minutes for what takes a second
/// here.
@main
struct EmbedAssets: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let module = target as? SwiftSourceModuleTarget else { return [] }
        let folder = module.directoryURL.appending(path: "Assets")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles]
        ).sorted { $0.lastPathComponent < $1.lastPathComponent }
        let output = context.pluginWorkDirectoryURL.appending(path: "Embedded.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(files.count) assets of \(module.name)",
                executable: try context.tool(named: "EmbedAssetsTool").url,
                arguments: [output.path(percentEncoded: false)]
                    + files.map { $0.path(percentEncoded: false) },
                inputFiles: files, outputFiles: [output])
        ]
    }
}
