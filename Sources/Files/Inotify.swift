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
    /// What matters, by the kernel's number for the watch.
    private var interests: [Int32: WatchedState.Interest] = [:]
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
        var now: [Int32: WatchedState.Interest] = [:]
        var outcome = Outcome.nothingNew
        for (path, interest) in wanted {
            let watch = inotify_add_watch(descriptor, path, Self.events)
            guard watch >= 0 else {
                if errno == ENOSPC || errno == ENOMEM { return .impossible }
                // It vanished meanwhile, or may not be read: the folder above tells of changes.
                continue
            }
            // Two paths can lead to the same thing, and then have one watch.
            now[watch, default: interest].add(interest)
            if interests[watch] == nil { outcome = .more }
        }
        for watch in interests.keys where now[watch] == nil {
            inotify_rm_watch(descriptor, watch)
        }
        interests = now
        return outcome
    }

    /// What the waiting notices said.
    struct News: Equatable {
        /// Whether one was about something that is watched.
        var isRelevant = false
        /// Whether some were lost.
        var overflowed = false
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
                } else if matters(header, String(decoding: name, as: UTF8.self)) {
                    news.isRelevant = true
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

    private func matters(_ event: inotify_event, _ name: String) -> Bool {
        // A watch that the kernel ended is asked for anew at the next look.
        if event.mask & UInt32(IN_IGNORED) != 0 {
            return interests.removeValue(forKey: event.wd) != nil
        }
        guard let interest = interests[event.wd] else { return false }
        switch interest {
        case .all: return true
        case .names(let names): return name.isEmpty || names.contains(name)
        }
    }
}
