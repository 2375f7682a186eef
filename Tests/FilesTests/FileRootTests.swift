import Glibc
import Testing

@testable import Files

@Suite struct `A file root` {
    struct Attempt: CustomTestStringConvertible, Sendable {
        let path: String
        let inside: FileError.Reason?
        var refused: FileError.Reason?
        var components: FileError.Reason?
        var testDescription: String { path.count > 40 ? "\(path.prefix(40))…" : path }

        init(
            _ path: String, _ inside: FileError.Reason?, refusingLinks: FileError.Reason? = nil,
            byComponents: FileError.Reason? = nil
        ) {
            self.path = path
            self.inside = inside
            refused = refusingLinks ?? inside
            components = byComponents ?? refused
        }
    }

    static let attempts = [
        Attempt("file.txt", nil),
        Attempt("folder/deep.txt", nil),
        Attempt("./folder/./deep.txt", nil),
        Attempt("folder//deep.txt", nil),
        Attempt("folder/../file.txt", nil, byComponents: .outsideRoot),
        Attempt("../secret.txt", .outsideRoot),
        Attempt("folder/../../secret.txt", .outsideRoot),
        Attempt("..", .outsideRoot),
        Attempt("/etc/passwd", .outsideRoot),
        // With an accent after it, a slash is still a slash.
        Attempt("/\u{301}/../etc/passwd", .outsideRoot),
        Attempt("folder/../../\u{301}secret.txt", .outsideRoot),
        Attempt("..\u{2F}\u{301}secret.txt", .outsideRoot),
        Attempt("", .isFolder),
        Attempt("folder", .isFolder),
        Attempt("folder/", .isFolder),
        Attempt("missing", .notFound),
        Attempt("file.txt/below", .notFound),
        Attempt("file.txt\0.png", .badName),
        Attempt(String(repeating: "n", count: 300), .badName),
        Attempt(String(repeating: "folder/", count: 700) + "x", .badName, byComponents: .notFound),
        Attempt("good-link", nil, refusingLinks: .link),
        Attempt("link-to-folder/deep.txt", nil, refusingLinks: .link, byComponents: .notFound),
        Attempt("bad-link", .outsideRoot, refusingLinks: .link),
        Attempt("absolute-link", .outsideRoot, refusingLinks: .link),
        Attempt("link-up/secret.txt", .outsideRoot, refusingLinks: .link, byComponents: .notFound),
        Attempt("chain", .outsideRoot, refusingLinks: .link),
        Attempt("dangling", .notFound, refusingLinks: .link),
        Attempt("circle", .link),
        Attempt("pipe", .notRegular),
        Attempt("large.txt", .tooLarge(limitBytes: 100)),
    ]

    /// A root with everything that an attempt names, beside a file that must never be read.
    static func makeTree() throws -> TestFolder {
        let outer = try TestFolder()
        outer.tree(["root/file.txt", "root/folder/deep.txt"])
        outer.write("secret.txt", "secret")
        outer.write("root/large.txt", String(repeating: "l", count: 101))
        outer.link("root/good-link", to: "folder/deep.txt")
        outer.link("root/link-to-folder", to: "folder")
        outer.link("root/bad-link", to: "../secret.txt")
        outer.link("root/absolute-link", to: "\(outer.path)/secret.txt")
        outer.link("root/link-up", to: "..")
        outer.link("root/chain", to: "chain2")
        outer.link("root/chain2", to: "folder/../../secret.txt")
        outer.link("root/dangling", to: "nowhere")
        outer.link("root/circle", to: "circle")
        mkfifo("\(outer.path)/root/pipe", 0o644)
        return outer
    }

    @Test(arguments: attempts)
    func `reads what is inside and nothing else`(attempt: Attempt) throws {
        let outer = try Self.makeTree()
        let path = "\(outer.path)/root"
        let roots = [
            (try FileRoot(path), attempt.inside),
            (try FileRoot(path, links: .refused), attempt.refused),
            (try FileRoot(path, links: .refused, lookup: .components), attempt.components),
        ]
        for (root, expected) in roots {
            do {
                let content = try root.read(attempt.path, limit: 100)
                #expect(content.bytes == Array("x".utf8))
                #expect(expected == nil)
            } catch {
                #expect(error.reason == expected)
                #expect(error.path == attempt.path && error.description.hasSuffix("."))
            }
        }
    }

    @Test func `a link swapped while reading never leads out`() throws {
        let outer = try Self.makeTree()
        let root = try FileRoot("\(outer.path)/root")
        let path = "\(outer.path)/root/swapped"
        let swapping = Repeating { round in
            symlink(round.isMultiple(of: 2) ? "folder/deep.txt" : "../secret.txt", "\(path).new")
            rename("\(path).new", path)
        }
        for _ in 0..<10_000 {
            if let content = try? root.read("swapped", limit: 100) {
                #expect(content.bytes == Array("x".utf8))
            }
        }
        swapping.end()
    }

    @Test func `a file that grows while it is read is told from a whole one`() throws {
        let folder = try TestFolder()
        folder.write("log", String(repeating: "a", count: 50_000))
        let root = try FileRoot(folder.path)
        let file = open("\(folder.path)/log", O_WRONLY | O_APPEND | O_CLOEXEC)
        let growing = Repeating { _ in write(file, "b", 1) }
        var reasons: [FileError.Reason] = []
        for _ in 0..<200_000 where reasons.count < 10 {
            do {
                _ = try root.read("log", limit: 50_000_000)
            } catch {
                reasons.append(error.reason)
            }
        }
        growing.end()
        close(file)
        #expect(reasons.allSatisfy { $0 == .changedWhileRead })
        #expect(!reasons.isEmpty)
    }

    @Test func `the state of a file tells a replaced one`() throws {
        let folder = try TestFolder()
        folder.write("a")
        let root = try FileRoot(folder.path)
        let before = try root.stamp(of: "a")
        #expect(try root.stamp(of: "a") == before)
        #expect(try root.read("a", limit: 1).stamp == before)
        folder.write("b")
        rename("\(folder.path)/b", "\(folder.path)/a")
        #expect(try root.stamp(of: "a") != before)
    }

    @Test(arguments: ["missing", "file", "", "a\0b"])
    func `a root that is no folder is refused`(name: String) throws {
        let folder = try TestFolder()
        folder.write("file")
        #expect(throws: FileError.self) {
            _ = try FileRoot(name.isEmpty ? "" : "\(folder.path)/\(name)")
        }
    }

    @Test func `messages say where and why`() {
        let table: [(FileError, String)] = [
            (
                FileError(.notFound, path: "a.yaml", root: "/srv"),
                "a.yaml in /srv: there is no such file or folder."
            ),
            (
                FileError(.outsideRoot, path: "../a", root: "/srv"),
                "../a in /srv: the path leads out of the folder that may be read."
            ),
            (
                FileError(.tooLarge(limitBytes: 7), path: "", root: "/srv"),
                "/srv: the file is larger than the limit of 7 bytes."
            ),
            (
                FileError(.io(code: 28), path: "/a"),
                "/a: the operating system reports No space left on device."
            ),
        ]
        for (error, text) in table { #expect(error.description == text) }
    }
}
