import Glibc

/// What the process asks of the kernel before it serves.
enum ProcessLimits {
    /// As many open files as it may have: connections, the database and watched files need some
    /// thousands.
    ///
    /// And a file that grows beyond a limit is an error of the write, not the end.
    static func prepare() {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        // Some containers allow a billion; a table of that size is of no use.
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(kind, &limit)
    }
}
