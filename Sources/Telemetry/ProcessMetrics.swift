import Glibc

extension Metrics {
    /// Adds what the kernel knows about this process, under the names that dashboards expect.
    ///
    /// Memory in bytes, processor time in seconds, open descriptors and their limit, and the start
    /// time. All is read from /proc when it is asked for; what cannot be read is left out.
    package func observeProcess() {
        observe("process_resident_memory_bytes", help: "Memory in use, in bytes.") {
            ProcessStatus.read().map { $0.residentPages * Double(sysconf(Int32(_SC_PAGESIZE))) }
        }
        observe("process_virtual_memory_bytes", help: "Address space in use, in bytes.") {
            ProcessStatus.read()?.virtualBytes
        }
        observe("process_cpu_seconds_total", help: "Processor time used.", isCounter: true) {
            ProcessStatus.read().map { $0.cpuTicks / ProcessStatus.ticksPerSecond }
        }
        observe("process_start_time_seconds", help: "Start, in seconds since 1970.") {
            guard let status = ProcessStatus.read(), let boot = ProcessStatus.bootSeconds() else {
                return nil
            }
            return boot + status.startTicks / ProcessStatus.ticksPerSecond
        }
        observe("process_open_fds", help: "Open file descriptors.") {
            guard let folder = opendir("/proc/self/fd") else { return nil }
            defer { closedir(folder) }
            var count = -3.0  // Two entries are "." and "..", one is the open folder itself.
            while readdir(folder) != nil { count += 1 }
            return count
        }
        observe("process_max_fds", help: "Limit of open file descriptors.") {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return nil
            }
            return Double(limit.rlim_cur)
        }
    }
}

/// The numbers of /proc/self/stat that are shown; fields as proc(5) counts them, from 1.
private struct ProcessStatus {
    let cpuTicks, startTicks, virtualBytes, residentPages: Double

    static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

    static func read() -> ProcessStatus? {
        // The second field is the program's name in parentheses and may itself hold any of
        // these characters, so the fields are counted from the last parenthesis.
        guard let text = contents(of: "/proc/self/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ").map(String.init)
        func field(_ number: Int) -> Double? {
            fields.indices.contains(number - 3) ? Double(fields[number - 3]) : nil
        }
        guard let user = field(14), let system = field(15), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        return ProcessStatus(
            cpuTicks: user + system, startTicks: start, virtualBytes: virtual,
            residentPages: resident)
    }

    /// When the machine started, in seconds since 1970.
    static func bootSeconds() -> Double? {
        contents(of: "/proc/stat")?.split(separator: "\n")
            .first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst(6)) }
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
