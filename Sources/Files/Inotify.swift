import Glibc

/// The kernel's notices about folders and files.
final class Inotify {
    enum Outcome {
        /// All was listened at before.
        case nothingNew
        case more
        /// The kernel gives no more watches.
        case impossible
    }

    let descriptor: Int32
    /// A folder or file that is listened at; two paths can lead to the same one.
    fileprivate struct Place {
        var paths: [String]
        var interest: WatchedState.Interest
    }

    /// What matters, by the kernel's number for the watch.
    private var places: [Int32: Place] = [:]
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    private static let events =
        UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY)
        | UInt32(IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

    /// Nil if the system gives no inotify.
    init?() {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        if descriptor < 0 { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Listens at these paths, and at no others.
    func watch(_ wanted: [String: WatchedState.Interest]) -> Outcome {
        var now: [Int32: Place] = [:]
        var outcome = Outcome.nothingNew
        for (path, interest) in wanted {
            let watch = inotify_add_watch(descriptor, path, Self.events)
            guard watch >= 0 else {
                if errno == ENOSPC || errno == ENOMEM { return .impossible }
                // It vanished meanwhile, or may not be read: the folder above tells of changes.
                continue
            }
            now[watch, default: Place(paths: [], interest: interest)].add(path, interest)
            if places[watch] == nil { outcome = .more }
        }
        for watch in places.keys where now[watch] == nil {
            inotify_rm_watch(descriptor, watch)
        }
        places = now
        return outcome
    }

    /// Listens at a file's path again, behind which there may be another file now.
    func watchAgain(_ path: String) {
        let watch = inotify_add_watch(descriptor, path, Self.events)
        // Where that fails, the folder above still tells of what replaces the file.
        guard watch >= 0 else { return }
        places[watch, default: Place(paths: [], interest: .all)].add(path, .all)
    }

    /// What the waiting notices said.
    struct News: Equatable {
        /// Whether one was about something that is watched.
        var isRelevant = false
        /// Whether some were lost.
        var overflowed = false
        /// What they were about: files and folders, also such as are gone.
        var paths: Set<String> = []
        /// Whether the last one about a content said that it is whole.
        ///
        /// It is when it was closed after writing or moved to where it is; nil where none was about
        /// a content: a file that is replaced also tells of the end of the old one.
        var isWhole: Bool?
    }

    /// Takes all waiting notices.
    func take() -> News {
        var news = News()
        // Bounded, so that a flood of notices cannot keep the loop here.
        for _ in 0..<64 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            var offset = 0
            let headerSize = MemoryLayout<inotify_event>.size
            while offset + headerSize <= count {
                let header = buffer.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                }
                let nameStart = offset + headerSize
                let nameEnd = min(nameStart + Int(header.len), count)
                let name = buffer[nameStart..<nameEnd].prefix { $0 != 0 }
                offset = nameEnd
                if header.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                    news.overflowed = true
                } else if let paths = concerned(header, String(decoding: name, as: UTF8.self)) {
                    news.isRelevant = true
                    news.paths.formUnion(paths)
                    if header.mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 {
                        news.isWhole = true
                    } else if header.mask & UInt32(IN_CREATE | IN_MODIFY | IN_DELETE) != 0 {
                        news.isWhole = false
                    }
                }
            }
        }
        return news
    }

    /// The paths that an event is about; nil where it matters to nobody.
    private func concerned(_ event: inotify_event, _ name: String) -> [String]? {
        // A watch that the kernel ended is asked for anew at the next look.
        if event.mask & UInt32(IN_IGNORED) != 0 {
            return places.removeValue(forKey: event.wd)?.paths
        }
        guard let place = places[event.wd] else { return nil }
        if name.isEmpty { return place.paths }
        if case .names(let names) = place.interest, !names.contains(name) { return nil }
        return place.paths.map { $0.hasSuffix("/") ? $0 + name : "\($0)/\(name)" }
    }
}

extension Inotify.Place {
    fileprivate mutating func add(_ path: String, _ other: WatchedState.Interest) {
        if !paths.contains(path) { paths.append(path) }
        interest.add(other)
    }
}
