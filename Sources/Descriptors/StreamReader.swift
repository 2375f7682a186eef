import CYAML
import Values

/// Reads a stream of documents, and goes on behind a document that is broken.
///
/// A line that begins with `---` begins a document wherever it stands (YAML 1.2, production 206),
/// so reading can start again there with a new parser. Places stay those of the file.
struct StreamReader {
    private let original: UnsafeBufferPointer<UInt8>
    let file: String?
    private let limits: DescriptorLimits
    private var byteGuard: ByteGuard
    /// The next fault of the bytes, and where what can be read before it ends.
    private var pending: (offset: Int, fault: ByteFault, end: Int)?
    /// The bytes with what libyaml needs changed; nil as long as nothing is.
    private var edited: EditedText?
    private var filler: TapeFiller
    private var repairsLeft: Int
    private var repairedBytesLeft = 8 << 20
    private var documentsLeft: Int
    private var faultsLeft: Int
    private var isStopped = false
    private var index = 0
    private var output = Documents()
    /// Where the bytes that the parser has now begin.
    private var chunk = (offset: 0, line: 0)

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String?, limits: DescriptorLimits) {
        original = bytes
        self.file = file
        self.limits = limits
        byteGuard = ByteGuard(bytes, limits: limits)
        filler = TapeFiller(limits: limits)
        repairsLeft = limits.repairs
        documentsLeft = limits.documents
        faultsLeft = limits.faults
    }

    private var bytes: UnsafeBufferPointer<UInt8> { edited?.bytes ?? original }

    mutating func read() -> Documents {
        guard original.count <= limits.bytes else {
            output.diagnostics = [tooLarge(original.count, limits.bytes, file: file)]
            return output
        }
        if let fault = utf16Fault(original, file: file) {
            output.diagnostics = [fault]
            return output
        }
        if let last = original.last, last != 0x0A { edited = EditedText(original) }
        // libyaml would count the byte order mark as a column, and the first line as indented.
        var start = original.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < original.count, !isStopped {
            lookAhead(from: start)
            let end = pending?.end ?? bytes.count
            if end > start {
                start = readChunk(from: start, to: end)
            } else if let pending {
                move(to: start)
                let place = place(of: pending.offset)
                let fault = diagnostic(for: pending.fault, file: file, at: place, limits: limits)
                filler.reset()
                breakDocument([fault], at: TextPosition(line: line(0), column: 1))
                start = documentMark(from: pending.offset, in: original) ?? original.count
            }
        }
        return output
    }

    // MARK: Places

    /// The line of the file for a line within the chunk, both as they are shown and from 0.
    private func line(_ relative: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: chunk.line &+ relative &+ 1)
    }

    private func place(_ mark: yaml_mark_t) -> TextPosition {
        TextPosition(
            line: UInt32(truncatingIfNeeded: chunk.line &+ Int(truncatingIfNeeded: mark.line) &+ 1),
            column: UInt32(truncatingIfNeeded: mark.column &+ 1))
    }

    /// The place of an offset of the file that is not before the chunk.
    private func place(of offset: Int) -> TextPosition {
        let inner = UnsafeBufferPointer(rebasing: bytes[chunk.offset...])
        let place = TextPosition.of(offset: offset - chunk.offset, in: inner)
        return TextPosition(line: line(Int(place.line) - 1), column: place.column)
    }

    private mutating func move(to offset: Int) {
        chunk.line += lineBreaks(in: bytes[chunk.offset..<offset])
        chunk.offset = offset
    }

    // MARK: Bytes

    private mutating func lookAhead(from start: Int) {
        if let pending, pending.offset >= start { return }
        pending = nil
        if let (offset, fault) = byteGuard.next(from: start) {
            var end = start
            while let mark = documentMark(from: end, in: original), mark <= offset { end = mark }
            pending = (offset, fault, end)
        }
        if byteGuard.hasSeparators, edited?.hidesSeparators != true {
            let text = edited ?? EditedText(original)
            text.hideSeparators()
            edited = text
        }
    }

    // MARK: Documents

    /// What is known of the document that is being read, lines within the chunk.
    private struct Progress {
        /// The line from which the document can be read again.
        var startLine = 0
        var isOpen = false
        var place = TextPosition.unknown
        var warnings: [Diagnostic] = []
        /// A document that is read, but may turn out to have something behind it.
        var held: Held?
    }

    private struct Held {
        let root: JSON
        let place: TextPosition
        let startLine: Int
        let isExplicit: Bool
        let diagnostics: [Diagnostic]
    }

    /// Reads until the end or the first fault, and tells where to go on.
    private mutating func readChunk(from start: Int, to end: Int) -> Int {
        move(to: start)
        let rest = UnsafeBufferPointer(rebasing: bytes[start..<end])
        guard let events = YAMLEvents(rest) else {
            isStopped = true
            return end
        }
        var progress = Progress()
        filler.reset()
        do throws(NodeFault) {
            while events.step() {
                let event = events.event
                switch event.pointee.type {
                case YAML_DOCUMENT_START_EVENT: startDocument(event, &progress)
                case YAML_DOCUMENT_END_EVENT: endDocument(event, &progress)
                case YAML_STREAM_END_EVENT:
                    release(&progress)
                    return end
                default:
                    if let warning = try fill(event) { progress.warnings.append(warning) }
                }
                if isStopped { return end }
            }
        } catch {
            return refuse(error, at: events.event, progress, end: end)
        }
        return recover(from: events.failure, &progress, end: end)
    }

    private mutating func startDocument(
        _ event: UnsafeMutablePointer<yaml_event_t>, _ progress: inout Progress
    ) {
        release(&progress)
        progress.isOpen = true
        progress.place = place(event.pointee.start_mark)
        documentsLeft -= 1
        if documentsLeft < 0 { stop(tooManyDocuments(limits, file: file, at: progress.place)) }
        let version = event.pointee.data.document_start.version_directive
        if let version, version.pointee.minor < 2 {
            progress.warnings.append(oldVersion(file: file, at: progress.place))
        }
    }

    private mutating func endDocument(
        _ event: UnsafeMutablePointer<yaml_event_t>, _ progress: inout Progress
    ) {
        let isExplicit = event.pointee.data.document_end.implicit == 0
        let warnings = progress.warnings + filler.braces.map { bracesWarning(file: file, at: $0) }
        progress.held = Held(
            root: filler.finish(), place: progress.place, startLine: progress.startLine,
            isExplicit: isExplicit, diagnostics: warnings)
        filler.reset()
        let line = Int(truncatingIfNeeded: event.pointee.end_mark.line)
        progress.startLine = isExplicit ? line + 1 : line
        progress.isOpen = false
        progress.warnings = []
    }

    /// Hands out the document that was held back, unless it is empty.
    private mutating func release(_ progress: inout Progress) {
        guard let held = progress.held else { return }
        progress.held = nil
        guard !held.root.isNull else { return }
        output.documents.append(
            DescriptorDocument(
                root: held.root, index: index, place: held.place, diagnostics: held.diagnostics))
        output.diagnostics += held.diagnostics
        index += 1
    }

    private mutating func breakDocument(
        _ diagnostics: [Diagnostic], at place: TextPosition, root: JSON? = nil
    ) {
        output.broken.append(
            DescriptorDocument(
                root: root ?? filler.finish(), index: index, place: place, diagnostics: diagnostics)
        )
        output.diagnostics += diagnostics
        index += 1
        filler.reset()
        faultsLeft -= 1
        if faultsLeft <= 0 { stop(tooManyFaults(limits, file: file, at: place)) }
    }

    private mutating func stop(_ diagnostic: Diagnostic) {
        guard !isStopped else { return }
        isStopped = true
        output.diagnostics.append(diagnostic)
    }

    // MARK: Faults

    /// Ends a document that its own content forbids; where to go on.
    private mutating func refuse(
        _ fault: NodeFault, at event: UnsafeMutablePointer<yaml_event_t>, _ progress: Progress,
        end: Int
    ) -> Int {
        let diagnostic = diagnostic(
            for: fault, file: file, at: place(event.pointee.start_mark), limits: limits)
        breakDocument(progress.warnings + [diagnostic], at: progress.place)
        if case .tooManyNodes = fault { isStopped = true }
        return behind(progress.startLine, end: end)
    }

    /// Mends what libyaml refuses and Backstage takes, or ends the document; where to go on.
    private mutating func recover(
        from failure: YAMLFailure, _ progress: inout Progress, end: Int
    ) -> Int {
        var place = TextPosition(
            line: line(failure.line), column: UInt32(truncatingIfNeeded: failure.column &+ 1))
        if let held = progress.held, failure.problem.contains("expected <document start>") {
            if held.isExplicit, failure.line >= progress.startLine, repairsLeft > 0 {
                // libyaml wants `---` after `...`, YAML does not.
                repairsLeft -= 1
                release(&progress)
                return offset(ofLine: progress.startLine)
            }
            progress.held = nil
            let fault = explain(failure, at: &place)
            breakDocument(held.diagnostics + [fault], at: held.place, root: held.root)
            return behind(held.startLine, end: end)
        }
        release(&progress)
        let start = offset(ofLine: progress.startLine)
        if mend(failure, isOpen: progress.isOpen, from: start, end: end) { return start }
        let fault = explain(failure, at: &place)
        if !progress.place.isKnown || !progress.isOpen {
            progress.place = TextPosition(line: line(progress.startLine), column: 1)
        }
        breakDocument(progress.warnings + [fault], at: progress.place)
        return behind(progress.startLine, end: end)
    }

    private func explain(_ failure: YAMLFailure, at place: inout TextPosition) -> Diagnostic {
        let text = UnsafeBufferPointer(rebasing: bytes[chunk.offset...])
        let context = TextPosition(
            line: line(failure.contextLine),
            column: UInt32(truncatingIfNeeded: failure.contextColumn &+ 1))
        let explanation = SyntaxExplanation(failure, in: text)
        if explanation.isAtContext { place = context }
        if let slip = explanation.slip {
            place = TextPosition(
                line: line(slip.line), column: UInt32(truncatingIfNeeded: slip.column &+ 1))
        }
        return Diagnostic(
            "yaml.syntax", file: file, at: place, explanation.summary,
            reason: explanation.reason, remedy: explanation.remedy)
    }

    /// The offset of a line within the chunk.
    private func offset(ofLine line: Int) -> Int {
        chunk.offset + startOfLine(line, in: bytes[chunk.offset...])
    }

    /// Where the document after the one that begins in this line begins.
    private func behind(_ line: Int, end: Int) -> Int {
        documentMark(from: offset(ofLine: line), in: bytes).map { min($0, end) } ?? end
    }

    private mutating func mend(
        _ failure: YAMLFailure, isOpen: Bool, from start: Int, end: Int
    ) -> Bool {
        let line = offset(ofLine: failure.line)
        guard repairsLeft > 0, repairedBytesLeft > 0 else { return false }
        let repair = Repair(failure, start: start, line: line, end: end, isOpen: isOpen)
        guard repair.applies(to: bytes) else { return false }
        repairsLeft -= 1
        repairedBytesLeft -= max(0, line - start)
        let text = edited ?? EditedText(original)
        edited = text
        repair.apply(to: text)
        if case .directive = repair.kind {
            let place = TextPosition(line: self.line(failure.line), column: 1)
            output.diagnostics.append(ignoredDirective(file: file, at: place))
        }
        return true
    }

    // MARK: Events

    /// Takes a node in; a warning where its tag is not known.
    private mutating func fill(
        _ event: UnsafeMutablePointer<yaml_event_t>
    ) throws(NodeFault) -> Diagnostic? {
        let start = place(event.pointee.start_mark)
        switch event.pointee.type {
        case YAML_SCALAR_EVENT: return try fillScalar(event, at: start)
        case YAML_SEQUENCE_START_EVENT:
            let data = event.pointee.data.sequence_start
            try filler.begin(
                object: false, flow: data.style == YAML_FLOW_SEQUENCE_STYLE,
                anchor: data.anchor.map { name($0) }, at: start)
            return data.tag.flatMap { collectionTagWarning(name($0), file: file, at: start) }
        case YAML_MAPPING_START_EVENT:
            let data = event.pointee.data.mapping_start
            try filler.begin(
                object: true, flow: data.style == YAML_FLOW_MAPPING_STYLE,
                anchor: data.anchor.map { name($0) }, at: start)
            return data.tag.flatMap { collectionTagWarning(name($0), file: file, at: start) }
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: try filler.end()
        case YAML_ALIAS_EVENT: try filler.alias(name(event.pointee.data.alias.anchor), at: start)
        default: break
        }
        return nil
    }

    private mutating func fillScalar(
        _ event: UnsafeMutablePointer<yaml_event_t>, at place: TextPosition
    ) throws(NodeFault) -> Diagnostic? {
        let data = event.pointee.data.scalar
        let value = UnsafeBufferPointer(start: data.value, count: data.length)
        let anchor = data.anchor.map { name($0) }
        var meaning = CoreScalar.string
        var warning: Diagnostic?
        if let tag = data.tag {
            (meaning, warning) = tagged(value, name(tag), file: file, at: place)
        } else if data.plain_implicit != 0 {
            meaning = coreScalar(value)
        }
        guard let edited, edited.hidesCharacters, meaning == .string else {
            try filler.scalar(value, meaning, anchor: anchor, at: place)
            return warning
        }
        let text = EditedText.restored(value)
        let result: Result<Void, NodeFault> = text.withUnsafeBufferPointer { bytes in
            do throws(NodeFault) {
                return .success(try filler.scalar(bytes, meaning, anchor: anchor, at: place))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        return warning
    }

    private func name(_ text: UnsafeMutablePointer<yaml_char_t>) -> String {
        String(cString: text)
    }
}
