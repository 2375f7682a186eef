/// The part of a pattern between two slashes.
struct NamePattern: Equatable, Sendable {
    private enum Element: Equatable, Sendable {
        case literal(Unicode.Scalar)
        case anyOne
        case anyNumber
        case oneOf(ScalarClass)
    }

    private let elements: [Element]

    init(_ scalars: [Unicode.Scalar], _ options: GlobPattern.Options) {
        let folds = options.contains(.caseInsensitive)
        var elements: [Element] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "*":
                if elements.last != .anyNumber { elements.append(.anyNumber) }
            case "?":
                elements.append(.anyOne)
            case "\\" where index < scalars.count:
                elements.append(.literal(folds ? scalars[index].folded : scalars[index]))
                index += 1
            case "[":
                if let (parsed, end) = ScalarClass.parse(scalars, from: index) {
                    elements.append(.oneOf(parsed))
                    index = end
                } else {
                    elements.append(.literal(scalar))
                }
            default:
                elements.append(.literal(folds ? scalar.folded : scalar))
            }
        }
        self.elements = elements
    }

    func matches(_ name: [Unicode.Scalar], _ options: GlobPattern.Options) -> Bool {
        guard !name.isEmpty else { return elements.isEmpty }
        if name.first == ".", elements.first != .literal(".") {
            guard options.contains(.dotFiles), name != ["."], name != [".", "."] else {
                return false
            }
        }
        return matches(name, folds: options.contains(.caseInsensitive))
    }

    /// Compares from left to right; after a mismatch only the last `*` takes one more character,
    /// which suffices because what stood before it has matched as early as possible.
    private func matches(_ name: [Unicode.Scalar], folds: Bool) -> Bool {
        var position = 0
        var element = 0
        var retry: (element: Int, position: Int)?
        while position < name.count {
            if element < elements.count, elements[element] == .anyNumber {
                element += 1
                retry = (element, position)
            } else if element < elements.count,
                accepts(elements[element], name[position], folds)
            {
                element += 1
                position += 1
            } else if let (start, from) = retry {
                element = start
                position = from + 1
                retry = (start, position)
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .anyNumber }
    }

    private func accepts(_ element: Element, _ scalar: Unicode.Scalar, _ folds: Bool) -> Bool {
        switch element {
        case .literal(let wanted): wanted == (folds ? scalar.folded : scalar)
        case .anyOne: true
        case .anyNumber: false
        case .oneOf(let wanted): wanted.contains(scalar, folds: folds)
        }
    }
}

/// The characters between `[` and `]`.
struct ScalarClass: Equatable, Sendable {
    private var ranges: [ClosedRange<UInt32>] = []
    private var named: [String] = []
    private var isNegated = false

    /// Reads a class; nil if it has no end, so that its `[` is an ordinary character.
    ///
    /// - Parameter from: The index after the `[`.
    /// - Returns: The class and the index after its `]`.
    static func parse(_ scalars: [Unicode.Scalar], from start: Int) -> (ScalarClass, Int)? {
        var result = ScalarClass()
        var index = start
        if index < scalars.count, scalars[index] == "!" || scalars[index] == "^" {
            result.isNegated = true
            index += 1
        }
        let first = index
        while index < scalars.count {
            // A `]` in the first place is a member.
            if scalars[index] == "]", index > first { return (result, index + 1) }
            if let (name, end) = className(scalars, at: index) {
                result.named.append(name)
                index = end
                continue
            }
            guard let low = member(scalars, &index) else { return nil }
            var high = low
            if index + 1 < scalars.count, scalars[index] == "-", scalars[index + 1] != "]" {
                index += 1
                guard let end = member(scalars, &index) else { return nil }
                high = end
            }
            // A range from high to low matches nothing.
            if low.value <= high.value { result.ranges.append(low.value...high.value) }
        }
        return nil
    }

    func contains(_ scalar: Unicode.Scalar, folds: Bool) -> Bool {
        var found = holds(scalar)
        if folds, !found {
            found = holds(scalar.folded) || holds(scalar.unfolded)
        }
        return found != isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) }
            || named.contains { Self.isMember(scalar.properties, scalar, of: $0) }
    }

    private static func member(
        _ scalars: [Unicode.Scalar], _ index: inout Int
    ) -> Unicode.Scalar? {
        if scalars[index] == "\\" { index += 1 }
        guard index < scalars.count else { return nil }
        index += 1
        return scalars[index - 1]
    }

    private static func className(
        _ scalars: [Unicode.Scalar], at start: Int
    ) -> (String, Int)? {
        guard start + 1 < scalars.count, scalars[start] == "[", scalars[start + 1] == ":",
            let end = scalars[(start + 2)...].firstIndex(of: ":"),
            end + 1 < scalars.count, scalars[end + 1] == "]"
        else { return nil }
        var name = String.UnicodeScalarView()
        name.append(contentsOf: scalars[(start + 2)..<end])
        let known = [
            "alpha", "digit", "alnum", "upper", "lower", "space", "punct", "xdigit",
        ]
        return known.contains(String(name)) ? (String(name), end + 2) : nil
    }

    private static func isMember(
        _ properties: Unicode.Scalar.Properties, _ scalar: Unicode.Scalar, of name: String
    ) -> Bool {
        switch name {
        case "alpha": properties.isAlphabetic
        case "digit": ("0"..."9").contains(scalar)
        case "alnum": properties.isAlphabetic || properties.numericType != nil
        case "upper": properties.isUppercase
        case "lower": properties.isLowercase
        case "space": properties.isWhitespace
        case "punct":
            scalar.isASCII && !properties.isAlphabetic && scalar.value > 0x20
                && scalar.value < 0x7F && !("0"..."9").contains(scalar)
        case "xdigit": properties.isASCIIHexDigit
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// The lower-case form, where that is one character.
    fileprivate var folded: Unicode.Scalar {
        if isASCII {
            return ("A"..."Z").contains(self) ? Unicode.Scalar(UInt8(value) | 0x20) : self
        }
        let mapped = properties.lowercaseMapping.unicodeScalars
        return mapped.count == 1 ? mapped.first ?? self : self
    }

    /// The upper-case form, where that is one character.
    fileprivate var unfolded: Unicode.Scalar {
        let mapped = properties.uppercaseMapping.unicodeScalars
        return mapped.count == 1 ? mapped.first ?? self : self
    }
}
