import Glibc
import Synchronization

/// A door that a transaction's body can wait at: it runs on a thread that may block.
final class Gate: @unchecked Sendable {  // The semaphore does its own locking.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }
    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// Lets one waiter through, now or when it comes.
    func open() { sem_post(semaphore) }

    /// Waits for `open`, ten seconds at most, so that a fault fails a test rather than hang it.
    func wait() {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_sec += 10
        while sem_timedwait(semaphore, &until) != 0, errno == EINTR {}
    }
}

/// What happened, in its order, told by bodies on several threads.
final class Notes: Sendable {
    private let notes = Mutex<[String]>([])
    var all: [String] { notes.withLock { $0 } }
    func add(_ note: String) { notes.withLock { $0.append(note) } }
}
