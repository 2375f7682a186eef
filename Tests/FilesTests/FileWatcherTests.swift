import CallboardTestSupport
import Glibc
import Testing

@testable import Files

@Suite(.timeLimit(.minutes(1))) struct `A file watcher` {
    struct Step: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let changed: [String]
        let before: @Sendable (TestFolder) -> Void
        let act: @Sendable (TestFolder) -> Void
    }

    static let steps = [
        Step(
            testDescription: "a file is written", changed: ["conf/app.yaml"],
            before: { $0.tree(["conf/app.yaml"]) }, act: { $0.write("conf/app.yaml", "new") }),
        Step(
            testDescription: "an editor renames over it", changed: ["conf/app.yaml"],
            before: { $0.tree(["conf/app.yaml"]) },
            act: {
                $0.write("conf/.app.swp", "y")
                rename("\($0.path)/conf/.app.swp", "\($0.path)/conf/app.yaml")
            }),
        Step(
            testDescription: "a file vanishes", changed: ["conf/app.yaml"],
            before: { $0.tree(["conf/app.yaml"]) },
            act: { _ = unlink("\($0.path)/conf/app.yaml") }),
        Step(
            testDescription: "the folder appears later", changed: ["conf/deep/er/new.yaml"],
            before: { _ in }, act: { $0.tree(["conf/deep/er/new.yaml"]) }),
        Step(
            testDescription: "the folder is made anew",
            changed: ["conf/app.yaml", "conf/other.yaml"],
            before: { $0.tree(["conf/app.yaml"]) },
            act: {
                removeTree("\($0.path)/conf")
                $0.tree(["conf/other.yaml"])
            }),
        Step(
            testDescription: "a link is turned to another folder", changed: ["conf/app.yaml"],
            before: {
                $0.tree(["conf/v1/app.yaml", "conf/v2/app.yaml"])
                $0.link("conf/..data", to: "v1")
                $0.link("conf/app.yaml", to: "..data/app.yaml")
            },
            act: {
                $0.link("conf/..new", to: "v2")
                rename("\($0.path)/conf/..new", "\($0.path)/conf/..data")
            }),
    ]

    @Test(arguments: steps, [false, true])
    func `tells which files changed when`(step: Step, polls: Bool) async throws {
        let folder = try TestFolder()
        step.before(folder)
        var timing = FileWatcher.Timing()
        timing.polls = polls
        timing.pollInterval = .milliseconds(50)
        let watcher = FileWatcher(["\(folder.path)/conf"], timing: timing)
        #expect(watcher.isPolling == polls)
        step.act(folder)
        let expected = Set(step.changed.map { "\(folder.path)/\($0)" })
        var told: Set<String> = []
        for await change in watcher.changes {
            guard case .paths(let paths) = change else { continue }
            told.formUnion(paths)
            if told.isSuperset(of: expected) { break }
        }
        #expect(told.isSuperset(of: expected))
    }

    @Test func `a burst of writes is told once, other files never`() async throws {
        let folder = try TestFolder()
        folder.tree(["a.yaml", "b.yaml", "noise.log"])
        var timing = FileWatcher.Timing()
        // Long enough that a busy machine does not tear the burst apart.
        timing.debounce = .milliseconds(500)
        timing.settled = .milliseconds(500)
        timing.longestWait = .seconds(5)
        let watcher = FileWatcher(
            ["\(folder.path)/a.yaml", "\(folder.path)/b.yaml"], timing: timing)
        var changes = watcher.changes.makeAsyncIterator()
        for round in 0..<10 {
            folder.write("a.yaml", "\(round)")
            folder.write("noise.log", "\(round)")
            usleep(5_000)
        }
        #expect(await changes.next() == .paths(["\(folder.path)/a.yaml"]))
        folder.write("noise.log", "more")
        folder.write("b.yaml", "end")
        #expect(await changes.next() == .paths(["\(folder.path)/b.yaml"]))
    }

    @Test func `the watched paths can be exchanged, and stopping ends the stream`() async throws {
        let folder = try TestFolder()
        folder.tree(["a", "b"])
        let watcher = FileWatcher(["\(folder.path)/a"])
        await watcher.watch(["\(folder.path)/b"])
        // Writing until it is told costs no wait by the clock.
        let writing = Task.detached {
            var round = 0
            while !Task.isCancelled {
                folder.write("b", "\(round)")
                round += 1
                try? await Task.sleep(for: .milliseconds(300))
            }
        }
        var changes = watcher.changes.makeAsyncIterator()
        #expect(await changes.next() == .paths(["\(folder.path)/b"]))
        writing.cancel()
        watcher.stop()
        while await changes.next() != nil {}
    }

    @Test func `the kernel's lost notices are noticed`() throws {
        let folder = try TestFolder()
        folder.tree(["a", "b"])
        let notices = try #require(Inotify())
        #expect(notices.watch([folder.path: .all]) == .more)
        #expect(notices.watch([folder.path: .all]) == .nothingNew)
        // More than fs.inotify.max_queued_events has by default, 16,384; equal ones in a row are one.
        for _ in 0..<20_000 {
            chmod("\(folder.path)/a", 0o644)
            chmod("\(folder.path)/b", 0o644)
        }
        let both = Set(["a", "b"].map { "\(folder.path)/\($0)" })
        #expect(notices.take() == .init(isRelevant: true, overflowed: true, paths: both))
        #expect(notices.take() == .init())
        #expect(notices.watch([folder.path: .names(["c"])]) == .nothingNew)
        folder.write("a", "other")
        #expect(notices.take() == .init())
        folder.write("c")
        let c = Set(["\(folder.path)/c"])
        #expect(notices.take() == .init(isRelevant: true, paths: c, isWhole: true))
        chmod("\(folder.path)/c", 0o600)
        #expect(notices.take() == .init(isRelevant: true, paths: c))
    }
}
