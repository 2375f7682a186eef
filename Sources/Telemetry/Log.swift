/// How much a log line matters, least first.
package enum LogLevel: UInt8, Sendable, Comparable, CaseIterable {
    /// For following one thing step by step.
    case trace
    /// For finding out why something happened.
    case debug
    /// A change of state that an operator cares about.
    case info
    /// Something that an operator can and should act on.
    case warning
    /// Something that failed and that nobody further up could handle.
    case error

    /// Reads a level from a setting, in any case: `trace`, `debug`, `info`, `warning`, `error`.
    package init?(name: String) {
        guard let level = LogLevel.allCases.first(where: { $0.name == name.lowercased() }) else {
            return nil
        }
        self = level
    }

    /// The level as settings and lines spell it.
    package var name: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A value beside a log message.
package enum LogValue: Sendable, Equatable {
    /// Text from anywhere: what could forge a line is escaped when it is written.
    case string(String)
    /// A whole number.
    case int(Int)
    /// A number; what is not finite is written as a word.
    case double(Double)
    /// A statement that is true or not.
    case bool(Bool)
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
    /// Literals stand for the case of their kind, so that fields read like a dictionary.
    package init(stringLiteral value: String) { self = .string(value) }
    /// An ``int``.
    package init(integerLiteral value: Int) { self = .int(value) }
    /// A ``double``.
    package init(floatLiteral value: Double) { self = .double(value) }
    /// A ``bool``.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// Named values beside a log message, in the order in which they are written.
///
/// Names are snake_case domain words such as `entity_ref` and `duration_ms`.
package struct LogFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private(set) var pairs: [(name: String, value: LogValue)]

    /// A name that comes twice keeps its first place and its last value.
    package init(dictionaryLiteral elements: (String, LogValue)...) {
        pairs = []
        for (name, value) in elements { self[name] = value }
    }

    /// The value of a name; setting replaces it in its place, or adds it at the end.
    package subscript(name: String) -> LogValue? {
        get { pairs.first { $0.name == name }?.value }
        set {
            let place = pairs.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let value?): pairs[place].value = value
            case (let place?, nil): pairs.remove(at: place)
            case (nil, let value?): pairs.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// These fields followed by others; where both have a name, the other's value stands.
    package func merging(_ others: LogFields) -> LogFields {
        var merged = self
        for (name, value) in others.pairs { merged[name] = value }
        return merged
    }

    package static func == (left: LogFields, right: LogFields) -> Bool {
        left.pairs.elementsEqual(right.pairs, by: ==)
    }
}

/// One thing that was logged, before it is written in any format.
package struct LogEntry: Sendable, Equatable {
    /// When it was logged.
    package let time: Instant
    /// How much it matters.
    package let level: LogLevel
    /// What happened, in words that stand in the source.
    package let message: String
    /// What it happened to.
    package let fields: LogFields
}

/// Takes log entries to where they are kept.
///
/// Called from any thread, on the path of requests: it must be quick and must never fail.
package protocol LogSink: Sendable {
    /// Takes one entry.
    func take(_ entry: LogEntry)
}

/// Writes log lines: `log.info("Catalog read.", ["entities": .int(count)])`.
///
/// A message is literal text, so that it can be searched for, cannot be forged and cannot carry a
/// secret; what varies goes into the fields. What is below the level is not even computed.
package struct Log: Sendable {
    /// The least important level that is written.
    package let level: LogLevel
    private let sink: any LogSink
    private let clock: Clock
    private let context: LogFields

    /// Makes a log that hands what is at or above a level to a sink.
    package init(level: LogLevel, clock: Clock, sink: any LogSink) {
        self.init(level: level, clock: clock, sink: sink, context: [:])
    }

    private init(level: LogLevel, clock: Clock, sink: any LogSink, context: LogFields) {
        self.level = level
        self.clock = clock
        self.sink = sink
        self.context = context
    }

    /// A log that adds the given fields to each of its lines, before the line's own.
    package func with(_ fields: LogFields) -> Log {
        Log(level: level, clock: clock, sink: sink, context: context.merging(fields))
    }

    /// Logs a step of something that is followed closely.
    package func trace(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.trace, message, fields)
    }

    /// Logs what helps to find out why something happened.
    package func debug(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.debug, message, fields)
    }

    /// Logs a change of state that an operator cares about.
    package func info(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.info, message, fields)
    }

    /// Logs what an operator should act on.
    package func warning(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.warning, message, fields)
    }

    /// Logs a failure that nobody further up could handle.
    package func error(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        write(.error, message, fields)
    }

    private func write(_ level: LogLevel, _ message: StaticString, _ fields: () -> LogFields) {
        guard level >= self.level else { return }
        sink.take(
            LogEntry(
                time: clock.now, level: level, message: message.description,
                fields: context.merging(fields())))
    }
}
