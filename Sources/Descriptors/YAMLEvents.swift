import CYAML

/// The events of libyaml over bytes that must outlive it.
///
/// No class and no closure stands between the C structures and the loop that reads them: each
/// cost a tenth of the whole when it was measured.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    let event: UnsafeMutablePointer<yaml_event_t>

    /// Nil where there is no memory left.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        event = .allocate(capacity: 1)
        event.initialize(to: yaml_event_t())
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            event.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_event_delete(event)
        yaml_parser_delete(parser)
        event.deallocate()
        parser.deallocate()
    }

    /// Steps to the next event; false where the text is not YAML.
    func step() -> Bool {
        yaml_event_delete(event)
        return yaml_parser_parse(parser, event) == 1
    }

    /// What libyaml says about the text after `step` gave false.
    var failure: YAMLFailure {
        let parser = parser.pointee
        return YAMLFailure(
            problem: parser.problem.map { String(cString: $0) } ?? "no memory is left",
            context: parser.context.map { String(cString: $0) } ?? "",
            line: Int(truncatingIfNeeded: parser.problem_mark.line),
            column: Int(truncatingIfNeeded: parser.problem_mark.column),
            contextLine: Int(truncatingIfNeeded: parser.context_mark.line),
            contextColumn: Int(truncatingIfNeeded: parser.context_mark.column))
    }
}

/// Why libyaml stopped; lines and columns count from 0 within the bytes it was given.
struct YAMLFailure {
    let problem: String
    let context: String
    let line: Int
    let column: Int
    let contextLine: Int
    let contextColumn: Int
}
