import Glibc

/// Threads of the server's own for async handlers, where short blocking reads are allowed.
///
/// A switch to it costs about a tenth of a hop to the global pool. The threads live until
/// `stop()`, which must be called for an executor that should go away.
package final class ServerExecutor: TaskExecutor, Sendable {
    private let queue = JobQueue()

    /// - Parameters:
    ///   - name: what the threads are called, with a number behind; at most 12 bytes show.
    ///   - threads: 1 to 64; where the system gives none, jobs run where they are enqueued.
    package init(name: String = "handler", threads: Int = 4) {
        var started = 0
        for number in 1...min(max(threads, 1), 64) {
            let runs = NamedThread.start("\(name)-\(number)") { [self, queue] in
                while let job = queue.take() {
                    job.runSynchronously(on: asUnownedTaskExecutor())
                }
            }
            if runs { started += 1 }
        }
        if started == 0 { queue.close() }
    }

    /// Takes the next part of a task; called by the concurrency runtime.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // After the end there is nobody else to run it, and a lost job would be a hung task.
        if !queue.add(job) { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Lets the threads end once what is queued has run; later jobs run where they are enqueued.
    package func stop() {
        queue.close()
    }
}

/// A first-in, first-out queue on which threads wait.
///
/// Unchecked: every access to the state is under the mutex, which has to be pthread's own,
/// since waiting needs its condition variable.
private final class JobQueue: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let filled: UnsafeMutablePointer<pthread_cond_t>
    private var incoming: [UnownedJob] = []
    private var outgoing: [UnownedJob] = []
    private var sleepers = 0
    private var isClosed = false

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        filled = .allocate(capacity: 1)
        filled.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(filled, nil)
    }

    deinit {
        pthread_cond_destroy(filled)
        pthread_mutex_destroy(mutex)
        filled.deallocate()
        mutex.deallocate()
    }

    /// False once the queue is closed.
    func add(_ job: UnownedJob) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return false }
        incoming.append(job)
        if sleepers > 0 { pthread_cond_signal(filled) }
        return true
    }

    /// Waits for the next job; nil once the queue is closed and empty.
    func take() -> UnownedJob? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let job = outgoing.popLast() { return job }
            if !incoming.isEmpty {
                // Two arrays make a queue: turned over once, each job is moved once.
                swap(&incoming, &outgoing)
                outgoing.reverse()
                continue
            }
            if isClosed { return nil }
            sleepers += 1
            pthread_cond_wait(filled, mutex)
            sleepers -= 1
        }
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(filled)
        pthread_mutex_unlock(mutex)
    }
}
