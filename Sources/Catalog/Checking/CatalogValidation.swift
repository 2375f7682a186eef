package import CatalogModel
package import Values

/// Reads files as the portal would and says what is wrong with them: without server or database.
package struct CatalogValidation: Sendable {
    /// What is looked at beside the files themselves.
    package struct Options: Sendable {
        /// Whether addresses are read that files lead to.
        package var readsAddresses = false
        /// Whether it is told which references lead to nothing among the files.
        package var checksReferences = false

        package init() {}
    }

    private let reader: ValidationReader
    private let interpreter: Interpreter
    private let options: Options

    /// - Parameter rules: which kinds may come from where; nil for all kinds from everywhere.
    package init(reader: any LocationReader, rules: CatalogRules? = nil, options: Options) {
        self.reader = ValidationReader(reader, readsAddresses: options.readsAddresses)
        self.options = options
        interpreter = Interpreter(
            reader: self.reader,
            rules: rules
                ?? CatalogRules([
                    CatalogRules.Rule(
                        allow: KindRegistry.builtIn.definitions.map { .init(kind: $0.name) })
                ]))
    }

    /// Reads the files and all that they lead to.
    ///
    /// - Parameters:
    ///   - beginnings: each is where reading begins, in the order that decides who has a name
    ///     that two declare.
    ///   - progress: called now and then, on any thread, with how many were read.
    package func run(
        _ beginnings: [LocationRef],
        progress: @escaping @Sendable (_ files: Int, _ entities: Int) -> Void = { _, _ in }
    ) async throws -> ValidationReport {
        var findings = Findings()
        try await withThrowingTaskGroup(of: (Int, WalkedBeginning).self) { group in
            var waiting: [Int: WalkedBeginning] = [:]
            var (started, done) = (0, 0)
            while done < beginnings.count {
                while started < beginnings.count, started - done < 3 {
                    let (index, beginning) = (started, beginnings[started])
                    group.addTask { (index, try await walk(beginning)) }
                    started += 1
                }
                guard let (index, walked) = try await group.next() else { break }
                waiting[index] = walked
                while let walked = waiting.removeValue(forKey: done) {
                    findings.add(walked)
                    done += 1
                    progress(findings.report.files, findings.report.entities)
                }
            }
        }
        if options.checksReferences { findings.checkReferences() }
        findings.report.skippedAddresses = reader.skipped
        return findings.report.sorted()
    }

    /// What one beginning led to; nothing where an earlier one had led to it.
    private func walk(_ beginning: LocationRef) async throws -> WalkedBeginning {
        var walked = WalkedBeginning()
        guard !reader.hasRead(beginning.text) else { return walked }
        let walk = LocationWalk(
            interpreter: interpreter, knowledge: NothingKnown(), origin: beginning)
        let result = try await walk.run(root: "", isOptional: false) { file in
            walked.files.append(ReadFile(file))
        }
        walked.unreached = result.unreached.filter { $0.target != nil }
        walked.declaring = result.followed.mapValues(\.file.text)
        return walked
    }
}

/// What was found, file by file.
package struct ValidationReport: Sendable {
    /// The faults of one file.
    package struct File: Sendable {
        /// As diagnostics name it; empty for what belongs to no file.
        package let name: String
        package internal(set) var diagnostics: [Diagnostic]
    }

    /// How many files were read.
    package internal(set) var files = 0
    /// How many entities they declare, refused ones not counted.
    package internal(set) var entities = 0
    /// The files that something is to be said about.
    package internal(set) var faults: [File] = []
    /// The addresses that were named and not read.
    package internal(set) var skippedAddresses: [String] = []

    /// How many diagnostics of one severity all files have together.
    package func count(_ severity: Diagnostic.Severity) -> Int {
        faults.reduce(0) { $0 + $1.diagnostics.count { $0.severity == severity } }
    }

    fileprivate func sorted() -> ValidationReport {
        var report = self
        report.faults.sort { $0.name < $1.name }
        for index in report.faults.indices {
            report.faults[index].diagnostics.sort {
                ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column)
            }
        }
        return report
    }
}

private struct WalkedBeginning: Sendable {
    var files: [ReadFile] = []
    var unreached: [UnreachedTarget] = []
    /// The file of each Location entity.
    var declaring: [String: String] = [:]
}

/// What is kept of a file.
private struct ReadFile: Sendable {
    struct Declared: Sendable {
        var ref: EntityRef
        var place: TextPosition
        var relations: [EntityRelation]
    }

    var location: LocationRef
    var diagnostics: [Diagnostic] = []
    var entities: [Declared] = []
    var refused: [String] = []
    var source = SourceLines([])
    var references: [UInt8] = []

    init(_ file: WalkedFile) {
        location = file.location
        switch file.outcome {
        case .same: return
        case .failed(let diagnostic): diagnostics = [diagnostic]
        case .interpreted(let found):
            diagnostics = found.refused.flatMap(\.diagnostics) + found.warnings
            refused = found.refused.compactMap { $0.ref?.canonical }
            entities = found.entities.map {
                Declared(ref: $0.ref, place: $0.place, relations: $0.relations)
            }
            source = found.source
            references = found.references
        }
    }
}

/// Collects what the files hold, in their order.
private struct Findings {
    var report = ValidationReport()
    private var indices: [String: Int] = [:]
    private var seen: Set<String> = []
    private var holders: [String: String] = [:]
    private var known: Set<String> = []
    private var declared: [(location: LocationRef, entity: ReadFile.Declared)] = []
    private var references: [String: [UInt8]] = [:]

    mutating func add(_ walked: WalkedBeginning) {
        for file in walked.files where seen.insert(file.location.text).inserted {
            report.files += 1
            references[file.location.text] = file.references
            for diagnostic in file.diagnostics { add(diagnostic, file.location) }
            known.formUnion(file.refused)
            for entity in file.entities {
                let ref = entity.ref.canonical
                if let holder = holders[ref] {
                    let name = file.location.target
                    let conflict = conflictDiagnostic(
                        entity.ref, file: name, at: entity.place, holder: holder)
                    add(conflict.shown(in: file.source, of: name), file.location)
                } else {
                    holders[ref] = file.location.target
                    report.entities += 1
                    declared.append((file.location, entity))
                }
            }
        }
        for unreached in walked.unreached {
            let places = walked.declaring[unreached.parent].flatMap(referencePlaces)
            let located = places?.located(
                unreached.diagnostic, target: unreached.target ?? "", of: unreached.parent)
            let file = LocationRef(type: "file", target: unreached.diagnostic.file ?? "")
            add(located ?? unreached.diagnostic, file)
        }
    }

    private func referencePlaces(in location: String) -> ReferencePlaces? {
        references[location].flatMap(ReferencePlaces.init)
    }

    private mutating func add(_ diagnostic: Diagnostic, _ location: LocationRef) {
        let name = diagnostic.file ?? location.target
        if let index = indices[name] {
            if !report.faults[index].diagnostics.contains(diagnostic) {
                report.faults[index].diagnostics.append(diagnostic)
            }
            return
        }
        indices[name] = report.faults.count
        report.faults.append(ValidationReport.File(name: name, diagnostics: [diagnostic]))
    }

    /// Warns of each relation whose other end is nowhere in the files.
    mutating func checkReferences() {
        var file: (location: String, places: ReferencePlaces?) = ("", nil)
        for (location, entity) in declared {
            for relation in entity.relations.sorted()
            where holders[relation.target] == nil && !known.contains(relation.target) {
                if file.location != location.text {
                    file = (location.text, referencePlaces(in: location.text))
                }
                let diagnostic = Diagnostic(
                    "catalog.missing-reference", severity: .warning, file: location.target,
                    at: entity.place,
                    "`\(relation.target)` is not among the files that were read",
                    reason: "`\(entity.ref)` names it (\(relation.type.name))",
                    remedy: "mend the name, or add the file that declares it")
                let ref = entity.ref.canonical
                add(file.places?.located(diagnostic, relation, of: ref) ?? diagnostic, location)
            }
        }
    }
}
