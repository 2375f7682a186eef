import CallboardTestSupport
import Glibc
import Synchronization

@testable import Files

/// A new folder for one test, removed when the test is over.
final class TestFolder: Sendable {
    private let folder: TemporaryFolder
    var path: String { folder.path }

    init() throws {
        folder = try TemporaryFolder()
    }

    func write(_ name: String, _ text: String = "x") {
        let bytes = Array(text.utf8)
        let file = open("\(path)/\(name)", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o644)
        Glibc.write(file, bytes, bytes.count)
        close(file)
    }

    func folder(_ name: String) {
        mkdir("\(path)/\(name)", 0o755)
    }

    func link(_ name: String, to target: String) {
        symlink(target, "\(path)/\(name)")
    }

    /// Makes the folders and files of a tree; a name that ends with `/` is a folder.
    func tree(_ names: [String]) {
        for name in names {
            var made = ""
            for part in name.split(separator: "/").dropLast() {
                made += made.isEmpty ? "\(part)" : "/\(part)"
                folder(made)
            }
            if name.hasSuffix("/") { folder(String(name.dropLast())) } else { write(name) }
        }
    }
}

/// Does something again and again on a thread of its own, so that it happens beside the test.
final class Repeating: Sendable {
    private let isWanted = Atomic(true)
    private let isRunning = Atomic(true)

    /// - Parameter act: Gets 0, 1, 2, ….
    init(_ act: @escaping @Sendable (Int) -> Void) {
        let started = startThread { [self] in
            var round = 0
            while isWanted.load(ordering: .acquiring) {
                act(round)
                round += 1
            }
            isRunning.store(false, ordering: .releasing)
        }
        if !started { isRunning.store(false, ordering: .releasing) }
    }

    func end() {
        isWanted.store(false, ordering: .releasing)
        while isRunning.load(ordering: .acquiring) { sched_yield() }
    }
}
