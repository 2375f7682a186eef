/// A pattern over paths or addresses: `*`, `**`, `?`, `[a-z]`, `{a,b}`, `{1..3}` and `\` to escape.
///
/// The meaning is that of minimatch, which Backstage uses: a text is compared name by name between
/// slashes, and several slashes count as one. `*`, `?` and `[…]` stay within a name and, without
/// `.dotFiles`, do not match a leading dot; `**` alone between slashes matches any number of names.
/// A final `**` needs at least one. Left out are extended groups (`+(a|b)`), comments and the
/// negation by a leading `!`: they are taken literally, so that a rule with them allows nothing.
///
/// Matching takes at most (length of the text × length of the pattern) steps for each alternative
/// of the braces; there is no backtracking beyond that. Pure; safe from any thread.
package struct GlobPattern: Sendable {
    /// How to compare.
    package struct Options: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        /// Letters match whatever their case.
        package static let caseInsensitive = Options(rawValue: 1)
        /// `*`, `?`, `[…]` and `**` match names that begin with a dot.
        package static let dotFiles = Options(rawValue: 2)
    }

    /// Why a pattern cannot be used.
    package enum Fault: Error, Equatable, CustomStringConvertible {
        /// More than `GlobPattern.maximumLength` characters.
        case tooLong
        /// The braces stand for more than `GlobPattern.maximumAlternatives` patterns, or are nested
        /// more than 16 deep.
        case tooManyAlternatives

        /// One sentence for people.
        package var description: String {
            switch self {
            case .tooLong:
                "The pattern is longer than \(GlobPattern.maximumLength) characters."
            case .tooManyAlternatives:
                "The braces of the pattern stand for more than "
                    + "\(GlobPattern.maximumAlternatives) alternatives; write several patterns."
            }
        }
    }

    /// The longest pattern, in Unicode scalars.
    package static let maximumLength = 4096
    /// The most alternatives that braces may stand for.
    package static let maximumAlternatives = 256

    /// The pattern as it was written.
    package let text: String
    /// One list of segments for each alternative of the braces.
    let alternatives: [[Segment]]
    let options: Options

    /// What stands between two slashes of a pattern.
    enum Segment: Equatable, Sendable {
        /// `**`
        case anyNames
        case name(NamePattern)
    }

    /// Reads a pattern; nothing but its length can be wrong with it.
    package init(_ text: String, options: Options = []) throws(Fault) {
        guard text.unicodeScalars.count <= Self.maximumLength else { throw .tooLong }
        self.text = text
        self.options = options
        alternatives = try BraceExpansion.expand(Array(text.unicodeScalars), depth: 0)
            .map { Self.segments(of: $0, options) }
    }

    /// Whether the whole text matches.
    package func matches(_ text: String) -> Bool {
        var names = Self.split(Array(text.unicodeScalars))
        // A folder may be written with a slash at its end.
        let isFolder = names.count > 1 && names.last?.isEmpty == true
        if isFolder, matches(names: names) { return true }
        if isFolder { names.removeLast() }
        return matches(names: names)
    }

    private func matches(names: [[Unicode.Scalar]]) -> Bool {
        var states = start()
        for name in names {
            states = advance(states, over: name, throughLink: false)
            if states.isEmpty { return false }
        }
        return isComplete(states)
    }

    private static func segments(
        of pattern: [Unicode.Scalar], _ options: Options
    ) -> [Segment] {
        split(pattern).map { part in
            part == ["*", "*"] ? .anyNames : .name(NamePattern(part, options))
        }
    }

    /// Splits at runs of slashes; a leading slash gives an empty first name.
    private static func split(_ scalars: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        var names: [[Unicode.Scalar]] = [[]]
        var afterSlash = false
        for scalar in scalars {
            if scalar == "/" {
                if !afterSlash { names.append([]) }
                afterSlash = true
            } else {
                names[names.count - 1].append(scalar)
                afterSlash = false
            }
        }
        return names
    }
}

// MARK: Matching as a set of states, used for texts here and for folders by `FileRoot`

extension GlobPattern {
    /// A place in the pattern: all segments of the alternative before the index have matched.
    struct State: Hashable, Sendable {
        let alternative: Int
        let index: Int
    }

    /// The states before the first name.
    func start() -> Set<State> {
        var states: Set<State> = []
        for alternative in alternatives.indices {
            insert(State(alternative: alternative, index: 0), into: &states)
        }
        return states
    }

    /// The states after one more name; empty if nothing can match any more.
    ///
    /// - Parameter throughLink: The name is a symbolic link to a folder: `**` does not go through
    ///   it, so that links in a circle end.
    func advance(
        _ states: Set<State>, over name: [Unicode.Scalar], throughLink: Bool
    ) -> Set<State> {
        var next: Set<State> = []
        for state in states {
            let segments = alternatives[state.alternative]
            guard state.index < segments.count else { continue }
            switch segments[state.index] {
            case .anyNames:
                guard !throughLink, acceptsWithin(name) else { continue }
                insert(state, into: &next)
                if state.index + 1 == segments.count {
                    next.insert(
                        State(alternative: state.alternative, index: state.index + 1))
                }
            case .name(let pattern):
                if pattern.matches(name, options) {
                    insert(
                        State(alternative: state.alternative, index: state.index + 1),
                        into: &next)
                }
            }
        }
        return next
    }

    /// Whether one of the alternatives has been matched to its end.
    func isComplete(_ states: Set<State>) -> Bool {
        states.contains { $0.index == alternatives[$0.alternative].count }
    }

    /// Whether a further name could still match.
    func canContinue(_ states: Set<State>) -> Bool {
        states.contains { $0.index < alternatives[$0.alternative].count }
    }

    /// Adds a state, and those that `**` reaches by matching no name at all.
    private func insert(_ state: State, into states: inout Set<State>) {
        let segments = alternatives[state.alternative]
        var index = state.index
        states.insert(state)
        while index + 1 < segments.count, segments[index] == .anyNames {
            index += 1
            states.insert(State(alternative: state.alternative, index: index))
        }
    }

    private func acceptsWithin(_ name: [Unicode.Scalar]) -> Bool {
        guard name.first == "." else { return true }
        return options.contains(.dotFiles) && name != ["."] && name != [".", "."]
    }
}
