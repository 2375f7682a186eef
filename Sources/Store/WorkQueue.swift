import Glibc

/// A few threads of our own that run blocking work in order of arrival.
///
/// The concurrency pool of Swift has one thread a core; a database call in it would stop everything
/// else, so every such call runs here and only its result goes back.
final class WorkQueue: @unchecked Sendable {  // Its state is guarded by `mutex`.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [@Sendable () -> Void] = []
    private var next = 0
    private var isClosed = false
    private var running = 0
    private var whenEnded: [CheckedContinuation<Void, Never>] = []

    /// Starts the threads; the name, at most 15 bytes, is what `top` and a debugger show.
    init(name: String, threads: Int) throws {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrived, nil)
        for _ in 0..<threads {
            pthread_mutex_lock(mutex)
            running += 1
            pthread_mutex_unlock(mutex)
            do { try startThread(name: name) { self.work() } } catch {
                threadEnded()
                close(whenEnded: nil)
                throw error
            }
        }
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(mutex)
        arrived.deallocate()
        mutex.deallocate()
    }

    /// Runs the body on one of the threads; throws what it throws, or that the database is closed.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = submit { continuation.resume(with: Result { try body() }) }
            if !accepted { continuation.resume(throwing: StoreError.closed) }
        }
    }

    /// Runs the job on one of the threads; false, and no run, once this is closed.
    @discardableResult
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        jobs.append(job)
        pthread_cond_signal(arrived)
        return true
    }

    private func work() {
        while let job = take() { job() }
        threadEnded()
    }

    private func take() -> (@Sendable () -> Void)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while next == jobs.count {
            if isClosed { return nil }
            pthread_cond_wait(arrived, mutex)
        }
        let job = jobs[next]
        jobs[next] = {}  // Lets go of what the job holds.
        next += 1
        // Taken jobs stay at the front until they are half of the list: constant cost for each.
        if next * 2 >= jobs.count {
            jobs.removeFirst(next)
            next = 0
        }
        return job
    }

    private func threadEnded() {
        pthread_mutex_lock(mutex)
        running -= 1
        let waiting = running == 0 ? whenEnded : []
        if running == 0 { whenEnded = [] }
        pthread_mutex_unlock(mutex)
        for continuation in waiting { continuation.resume() }
    }

    /// Takes no more work, finishes what is queued, and returns when the last thread is done.
    func close() async {
        await withCheckedContinuation { close(whenEnded: $0) }
    }

    /// The same without waiting.
    func closeSoon() { close(whenEnded: nil) }

    private func close(whenEnded continuation: CheckedContinuation<Void, Never>?) {
        pthread_mutex_lock(mutex)
        isClosed = true
        let ended = running == 0
        if !ended, let continuation { whenEnded.append(continuation) }
        pthread_cond_broadcast(arrived)
        pthread_mutex_unlock(mutex)
        if ended { continuation?.resume() }
    }
}

private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// Starts a detached thread that takes no signals, so that they go to the main thread.
func startThread(name: String, _ body: @escaping @Sendable () -> Void) throws {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

    // A new thread starts with the mask of its maker: block, start, restore.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { return nil }
            let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
            nameThread(start.name)
            start.body()
            return nil
        }, start.toOpaque())
    guard code == 0 else {
        start.release()
        throw StoreError(
            .unavailable, "A thread for the database could not be started (error \(code)).")
    }
}

/// Glibc's own call for it is hidden from Swift (it wants _GNU_SOURCE).
private func nameThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    let bytes = Array(name.utf8)
    _ = write(file, bytes, bytes.count)
    close(file)
}
