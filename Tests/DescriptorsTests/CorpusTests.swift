import Descriptors
import Glibc
import Testing
import Values

/// The folder with recorded answers and real files, which is not part of the repository.
private let shared = getenv("CALLBOARD_SHARED").map { String(cString: $0) } ?? "../shared"

private func bytes(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        guard count > 0 else { return output }
        output += buffer[..<count]
    }
}

private let table = bytes(of: shared + "/conformance/corpus/entities.tsv")

@Suite(.enabled(if: table != nil, "there is no CALLBOARD_SHARED"))
struct `Real entity files` {
    @Test func `are accepted and refused as Backstage does`() throws {
        let rows = String(decoding: try #require(table), as: UTF8.self).split(separator: "\n")
        var counts = [0, 0]
        for row in rows.dropFirst() {
            let fields = row.split(separator: "\t", omittingEmptySubsequences: false)
            let path = "\(shared)/corpus/\(fields[0])"
            let content = try #require(bytes(of: path), "\(path) is missing")
            let found = readDocuments(content, file: String(fields[0]))
            let isRefused = fields[5].hasPrefix("yaml-syntax")
            counts[isRefused ? 1 : 0] += 1
            let errors = found.diagnostics.filter { $0.severity == .error }
            #expect(errors.isEmpty != isRefused, "\(path)")
            #expect(errors.allSatisfy { $0.place.isKnown && $0.remedy != nil }, "\(path)")
            // The first column counts what Backstage parsed; a broken file counts for nothing.
            if !isRefused, let count = Int(fields[1]) {
                #expect(found.documents.count == count, "\(path)")
            }
        }
        #expect(counts[0] > 400 && counts[1] > 20)
    }
}
