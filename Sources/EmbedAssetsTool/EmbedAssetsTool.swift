import FoundationEssentials

/// `EmbedAssetsTool OUTPUT FILE…`: writes an enum `Embedded` with one `StaticString` for each file,
/// named after it (`icons-dark.svg` becomes `iconsDarkSVG`).
///
/// Used by the build plugin only; nothing of it is in the product. The files are text in UTF-8; any
/// other file ends the build with its name.
@main
struct EmbedAssetsTool {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first else {
            throw Failure(reason: "usage: EmbedAssetsTool OUTPUT FILE...")
        }
        var source = "// Written by EmbedAssets from the folder Assets. Not to be edited.\n\n"
        source += "enum Embedded {\n"
        for path in arguments.dropFirst() {
            let file = URL(filePath: path)
            guard let text = String(data: try Data(contentsOf: file), encoding: .utf8) else {
                throw Failure(reason: "\(path) is not text in UTF-8")
            }
            source += "    static let \(identifier(file.lastPathComponent)): StaticString =\n"
            source += "        \"\(escaped(text))\"\n"
        }
        source += "}\n"
        try Data(source.utf8).write(to: URL(filePath: output), options: .atomic)
    }

    struct Failure: Error {
        let reason: String
    }

    static func identifier(_ fileName: String) -> String {
        let words = fileName.split { !($0.isLetter || $0.isNumber) }.map(String.init)
        guard let first = words.first, let suffix = words.last, words.count > 1 else {
            return fileName
        }
        let middle = words.dropFirst().dropLast().map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return first + middle.joined() + suffix.uppercased()
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
