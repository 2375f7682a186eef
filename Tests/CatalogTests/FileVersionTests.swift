import CallboardTestSupport
import CatalogModel
import Files
import Glibc
import Outbound
import Testing

@testable import Catalog

/// When a file need not be read again.
struct FileVersionTests {
    private func version(of reading: Reading) -> String? {
        guard case .files(let files) = reading, case .bytes(_, let etag) = files.first?.content
        else { return nil }
        return etag
    }

    private func isUnchanged(_ reading: Reading) -> Bool {
        guard case .files(let files) = reading, case .unchanged = files.first?.content else {
            return false
        }
        return true
    }

    private func reader(_ folder: String, _ client: OutboundClient) throws -> SourceReader {
        SourceReader(
            roots: [try FileRoot(folder)], workingFolder: folder, client: client,
            policy: OutboundPolicy(allowing: []), hosts: RepositoryHosts())
    }

    @Test func `a file that changed just now has no version`() async throws {
        try await withTemporaryFolder { folder in
            let client = OutboundClient()
            defer { client.close() }
            let path = "\(folder)/a.yaml"
            let file = try #require(fopen(path, "w"))
            fputs("kind: Component", file)
            fclose(file)
            let reading = try await reader(folder, client)
                .read(LocationRef(type: "file", target: path), etag: nil)
            #expect(version(of: reading) == nil)
            #expect(!isUnchanged(reading))
        }
    }

    @Test func `one that was left alone is read once`() async throws {
        let client = OutboundClient()
        defer { client.close() }
        // A file of the system: none that was written now would do.
        let location = LocationRef(type: "file", target: "/etc/passwd")
        let reader = try reader("/etc", client)
        let known = try #require(version(of: await reader.read(location, etag: nil)))
        #expect(isUnchanged(await reader.read(location, etag: known)))
        #expect(!isUnchanged(await reader.read(location, etag: known + "1")))
    }
}
