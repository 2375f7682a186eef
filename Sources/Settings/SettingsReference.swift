/// The reference of all declared keys as a table in Markdown, ordered by path.
package func settingsReference(_ declared: [ConfigKeys]) -> String {
    let rows = declared.flatMap { keys in keys.keys.map { (owner: keys.owner, key: $0) } }
        .sorted { $0.key.path.utf8.lexicographicallyPrecedes($1.key.path.utf8) }
    var output = """
        | key | what it takes | default | secret | meaning | declared by |
        | --- | --- | --- | --- | --- | --- |

        """
    for row in rows {
        let key = row.key
        let since = key.since.map { " Since \($0)." } ?? ""
        let cells = [
            "`\(key.path)`", key.type.name, key.defaultText.map { "`\($0)`" } ?? "",
            key.type.isSecret ? "yes" : "", key.meaning + since, row.owner,
        ]
        output += "| " + cells.map(cell).joined(separator: " | ") + " |\n"
    }
    return output
}

private func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
}
