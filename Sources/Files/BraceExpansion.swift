/// `{a,b}` and `{1..3}` written out, before anything else of a pattern is read.
enum BraceExpansion {
    private typealias Text = [Unicode.Scalar]

    /// All texts that a pattern with braces stands for, in the order they are written.
    ///
    /// Braces without a comma or a range, and braces after `$`, stay as they are. Escapes are kept.
    static func expand(
        _ pattern: [Unicode.Scalar], depth: Int
    ) throws(GlobPattern.Fault) -> [[Unicode.Scalar]] {
        guard depth <= 16 else { throw .tooManyAlternatives }
        var results: [Text] = [[]]
        var index = 0
        while index < pattern.count {
            let scalar = pattern[index]
            if scalar == "\\", index + 1 < pattern.count {
                append(pattern[index...(index + 1)], to: &results)
                index += 2
            } else if scalar == "{", index == 0 || pattern[index - 1] != "$",
                let end = closing(pattern, from: index),
                let choices = try choices(pattern[(index + 1)..<end], depth)
            {
                let count = results.count.multipliedReportingOverflow(by: choices.count)
                guard !count.overflow, count.partialValue <= GlobPattern.maximumAlternatives else {
                    throw .tooManyAlternatives
                }
                results = results.flatMap { start in choices.map { start + $0 } }
                index = end + 1
            } else {
                append([scalar], to: &results)
                index += 1
            }
        }
        return results
    }

    private static func append(_ part: ArraySlice<Unicode.Scalar>, to results: inout [Text]) {
        for index in results.indices { results[index] += part }
    }

    /// The index of the brace that ends the one at `start`.
    private static func closing(_ pattern: Text, from start: Int) -> Int? {
        var depth = 0
        var index = start
        while index < pattern.count {
            switch pattern[index] {
            case "\\": index += 1
            case "{": depth += 1
            case "}":
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return nil
    }

    /// What the inside of a pair of braces stands for; nil if the braces are ordinary characters.
    private static func choices(
        _ inside: ArraySlice<Unicode.Scalar>, _ depth: Int
    ) throws(GlobPattern.Fault) -> [Text]? {
        let parts = splitAtCommas(inside)
        guard parts.count > 1 else { return try range(inside) }
        guard parts.count <= GlobPattern.maximumAlternatives else { throw .tooManyAlternatives }
        var all: [Text] = []
        for part in parts {
            all += try expand(part, depth: depth + 1)
            guard all.count <= GlobPattern.maximumAlternatives else { throw .tooManyAlternatives }
        }
        return all
    }

    private static func splitAtCommas(_ inside: ArraySlice<Unicode.Scalar>) -> [Text] {
        var parts: [Text] = [[]]
        var depth = 0
        var isEscaped = false
        for scalar in inside {
            if scalar == ",", depth == 0, !isEscaped {
                parts.append([])
                continue
            }
            parts[parts.count - 1].append(scalar)
            if !isEscaped, scalar == "{" { depth += 1 }
            if !isEscaped, scalar == "}" { depth -= 1 }
            isEscaped = scalar == "\\" && !isEscaped
        }
        return parts
    }

    /// `1..3` or `a..e`, upwards or downwards.
    private static func range(
        _ inside: ArraySlice<Unicode.Scalar>
    ) throws(GlobPattern.Fault) -> [Text]? {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: inside)
        let ends = String(text).split(separator: "..", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        if let low = Int(ends[0]), let high = Int(ends[1]) {
            let (distance, overflow) = high.subtractingReportingOverflow(low)
            guard !overflow, distance.magnitude < UInt(GlobPattern.maximumAlternatives) else {
                throw .tooManyAlternatives
            }
            return stride(from: low, through: high, by: high < low ? -1 : 1)
                .map { Array(String($0).unicodeScalars) }
        }
        guard ends[0].unicodeScalars.count == 1, ends[1].unicodeScalars.count == 1,
            let low = ends[0].unicodeScalars.first, let high = ends[1].unicodeScalars.first,
            low.isASCII, high.isASCII, low.properties.isAlphabetic, high.properties.isAlphabetic
        else { return nil }
        let step = high.value < low.value ? -1 : 1
        return stride(from: Int(low.value), through: Int(high.value), by: step)
            .map { [Unicode.Scalar(UInt8($0))] }
    }
}
