/// What changed between two texts, by lines.
package struct LineDiff: Sendable, Equatable {
    /// A line of the difference.
    package struct Line: Sendable, Equatable {
        /// Whether a line stayed, came or went.
        package enum Change: Sendable { case same, added, removed }

        let change: Change
        let text: String
    }

    /// Changed lines that are near each other, with what stands around them.
    package struct Hunk: Sendable, Equatable {
        /// The number of the first line, in the newer text.
        let firstLine: Int
        var lines: [Line]
    }

    /// The hunks from top to bottom; none if nothing changed.
    package let hunks: [Hunk]
    /// How many lines came.
    package let added: Int
    /// How many lines went.
    package let removed: Int

    /// Compares two texts, showing `context` unchanged lines around each change.
    ///
    /// The smallest difference is sought (E. Myers, "An O(ND) difference algorithm", 1986) up to
    /// 400 changed lines; beyond that the differing middle is shown as taken out and put in, so
    /// that time and memory are bounded by the size of the texts.
    package init(from old: String, to new: String, context: Int = 3) {
        let before = LineDiff.lines(old)
        let after = LineDiff.lines(new)
        let script = LineDiff.script(before, after)
        added = script.count { $0.change == .added }
        removed = script.count { $0.change == .removed }
        hunks = LineDiff.hunks(script, context: max(0, context))
    }

    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    static func script(_ old: [String], _ new: [String]) -> [Line] {
        var head = 0
        while head < old.count, head < new.count, old[head] == new[head] { head += 1 }
        var tail = 0
        while tail < old.count - head, tail < new.count - head,
            old[old.count - 1 - tail] == new[new.count - 1 - tail]
        { tail += 1 }
        let before = Array(old[head..<old.count - tail])
        let after = Array(new[head..<new.count - tail])
        let middle =
            shortest(before, after)
            ?? before.map { Line(change: .removed, text: $0) }
            + after.map { Line(change: .added, text: $0) }
        return old[..<head].map { Line(change: .same, text: $0) } + middle
            + old[(old.count - tail)...].map { Line(change: .same, text: $0) }
    }

    private static func shortest(_ old: [String], _ new: [String]) -> [Line]? {
        if old.isEmpty { return new.map { Line(change: .added, text: $0) } }
        if new.isEmpty { return old.map { Line(change: .removed, text: $0) } }
        let limit = min(400, old.count + new.count)
        // furthest[k + limit + 1] is how far into `old` the diagonal k was followed.
        let origin = limit + 1
        var furthest = [Int](repeating: 0, count: 2 * limit + 3)
        var trace: [[Int]] = []
        for cost in 0...limit {
            trace.append(furthest)
            for diagonal in stride(from: -cost, through: cost, by: 2) {
                let down = furthest[origin + diagonal + 1]
                let right = furthest[origin + diagonal - 1]
                let goesDown = diagonal == -cost || (diagonal != cost && right < down)
                var x = goesDown ? down : right + 1
                while x < old.count, x - diagonal >= 0, x - diagonal < new.count,
                    old[x] == new[x - diagonal]
                { x += 1 }
                furthest[origin + diagonal] = x
                if x >= old.count, x - diagonal >= new.count {
                    return walkBack(old, new, trace: trace, origin: origin)
                }
            }
        }
        return nil
    }

    private static func walkBack(
        _ old: [String], _ new: [String], trace: [[Int]], origin: Int
    ) -> [Line] {
        var lines: [Line] = []
        var x = old.count
        var y = new.count
        for cost in stride(from: trace.count - 1, through: 0, by: -1) {
            let furthest = trace[cost]
            let diagonal = x - y
            let down = furthest[origin + diagonal + 1]
            let right = furthest[origin + diagonal - 1]
            let goesDown = diagonal == -cost || (diagonal != cost && right < down)
            let startX = cost == 0 ? 0 : goesDown ? down : right
            let startY = cost == 0 ? 0 : startX - (goesDown ? diagonal + 1 : diagonal - 1)
            let cornerX = cost == 0 ? 0 : goesDown ? startX : startX + 1
            while x > cornerX {
                x -= 1
                lines.append(Line(change: .same, text: old[x]))
            }
            if cost > 0 {
                lines.append(
                    goesDown
                        ? Line(change: .added, text: new[startY])
                        : Line(change: .removed, text: old[startX]))
            }
            x = startX
            y = startY
        }
        return lines.reversed()
    }

    private static func hunks(_ script: [Line], context: Int) -> [Hunk] {
        var hunks: [Hunk] = []
        var lastShown = -1
        var lineInNew: [Int] = []
        lineInNew.reserveCapacity(script.count)
        var number = 1
        for line in script {
            lineInNew.append(number)
            if line.change != .removed { number += 1 }
        }
        for (index, line) in script.enumerated() where line.change != .same {
            let first = max(lastShown + 1, index - context)
            let last = min(script.count - 1, index + context)
            if first > lastShown + 1 || hunks.isEmpty {
                hunks.append(Hunk(firstLine: lineInNew[first], lines: []))
            }
            if last > lastShown {
                hunks[hunks.count - 1].lines += script[first...max(first, last)]
                lastShown = max(first, last)
            }
        }
        return hunks
    }
}

/// A difference, unified: what went with a minus, what came with a plus.
package struct DiffBlock: Part {
    let diff: LineDiff
    let title: String

    /// The title names the text for assistive technology.
    package init(_ diff: LineDiff, title: String) {
        self.diff = diff
        self.title = title
    }

    /// The hunks one below the other.
    package var html: HTML {
        var body = HTML()
        for hunk in diff.hunks {
            body += "<span class=\"line hunk\">Line \(hunk.firstLine.grouped)</span>"
            for line in hunk.lines {
                switch line.change {
                case .same: body += "<span class=\"line\" data-sign=\"\">\(line.text)</span>"
                case .added:
                    body +=
                        "<span class=\"line add\" data-sign=\"+\"><ins>\(line.text)</ins></span>"
                case .removed:
                    body +=
                        "<span class=\"line del\" data-sign=\"−\"><del>\(line.text)</del></span>"
                }
            }
        }
        return """
            <div class="code diff">\
            <pre tabindex="0" role="group" aria-label="\(title)"><code>\(body)\
            </code></pre></div>
            """
    }

    /// How many lines came and went: `+3 −1`.
    package var delta: HTML {
        """
        <span class="delta"><span class="plus">+\(diff.added.grouped)</span>\
        <span class="minus">−\(diff.removed.grouped)</span></span>
        """
    }
}
