import Glibc
import Testing

@testable import Files

@Suite struct `The data folder` {
    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `is private, locked, and keeps whole files`() throws {
        let outer = try TestFolder()
        let path = "\(outer.path)/var/portal"
        let data = try DataFolder(path)
        #expect(mode(path) == 0o700)

        let taken = #expect(throws: FileError.self) { _ = try DataFolder(path) }
        #expect(taken?.reason == .locked(by: Int(getpid())))

        try data.replace("catalog.image", with: Array("one".utf8))
        try data.replace("catalog.image", with: Array("two".utf8))
        #expect(try data.root.read("catalog.image", limit: 10).bytes == Array("two".utf8))
        #expect(mode("\(path)/catalog.image") == 0o600)
        try data.remove("catalog.image")
        try data.remove("catalog.image")
        #expect(throws: FileError.self) { try data.root.stamp(of: "catalog.image") }
    }

    @Test func `gives temporary files and clears them at the next start`() throws {
        let outer = try TestFolder()
        let path = "\(outer.path)/data"
        var data: DataFolder? = try DataFolder(path)
        let file = try #require(try data?.makeTemporaryFile(suffix: ".sqlite"))
        let folder = try #require(try data?.makeTemporaryFolder())
        #expect(file.hasSuffix(".sqlite") && mode(file) == 0o600 && mode(folder) == 0o700)
        #expect(try data?.makeTemporaryFile() != data?.makeTemporaryFile())
        mkdir("\(folder)/deep", 0o700)
        close(open("\(folder)/deep/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        data = nil
        let again = try DataFolder(path)
        #expect(try again.root.files(matching: GlobPattern("tmp/**")).files.isEmpty)
        #expect(mode(folder) == 0)
    }

    @Test(arguments: [
        "", "../x", "a/../../x", "/etc/x", "../\u{301}x", "a\0b", ".", "missing/x", "tmp",
    ])
    func `refuses a name and leaves nothing behind`(name: String) throws {
        let outer = try TestFolder()
        let data = try DataFolder("\(outer.path)/data")
        #expect(throws: FileError.self) { try data.replace(name, with: [1]) }
        #expect(
            try data.root.files(matching: GlobPattern("**", options: .dotFiles)).files == ["lock"])
    }

    @Test func `refuses a folder that everybody may write to, and a file`() throws {
        let outer = try TestFolder()
        outer.folder("open")
        chmod("\(outer.path)/open", 0o777)
        outer.write("file")
        for (name, reason) in [("open", FileError.Reason.permission), ("file", .notFound)] {
            let error = #expect(throws: FileError.self) {
                _ = try DataFolder("\(outer.path)/\(name)")
            }
            #expect(error?.reason == reason)
        }
    }
}
