import Glibc
import Telemetry
import Testing

struct LogTests {
    private let clock = ManualClock(Instant(milliseconds: 1_772_352_309_042)).clock

    @Test func `lines below the level are neither written nor computed`() {
        let capture = LogCapture()
        let log = Log(level: .warning, clock: clock, sink: capture)
        var computed = 0
        func fields() -> LogFields {
            computed += 1
            return [:]
        }
        log.trace("a", fields())
        log.debug("b", fields())
        log.info("c", fields())
        log.warning("d", fields())
        log.error("e", fields())
        #expect(capture.entries.map(\.message) == ["d", "e"])
        #expect(computed == 2)
        #expect(LogLevel(name: "Warning") == .warning)
        #expect(LogLevel(name: "loud") == nil)
    }

    @Test func `a line's own fields follow the context's and replace them`() {
        let capture = LogCapture()
        let log = Log(level: .trace, clock: clock, sink: capture)
            .with(["request_id": "r1", "user": "guest"])
        log.info("Read.", ["user": "ann", "rows": 3])
        #expect(capture.entries.first?.fields == ["request_id": "r1", "user": "ann", "rows": 3])
        #expect(capture.entries.first?.time == clock.now)
    }

    @Test(
        arguments: [
            ("Ready.", [:], "Ready.", #""message":"Ready.""#),
            (
                "Catalog read.",
                ["entity_ref": "component:default/a", "duration_ms": 1.5, "rows": 3, "ok": true],
                "Catalog read.                        entity_ref=component:default/a duration_ms=1.5"
                    + " rows=3 ok=true",
                #""message":"Catalog read.","entity_ref":"component:default/a","duration_ms":1.5,"#
                    + #""rows":3,"ok":true"#
            ),
            (
                "Odd.", ["a": "two words", "b": "", "c": #"say "no" \"#],
                #"Odd.                                 a="two words" b="" c="say \"no\" \\""#,
                #""message":"Odd.","a":"two words","b":"","c":"say \"no\" \\""#
            ),
            (
                "Forged.", ["a": "x\n2026 error\r\t\u{1b}[2J\u{0}\u{85}\u{2028}\u{202e}é\u{7f}"],
                #"Forged.                              a="x\n2026 error\r\t\u{1b}[2J\u{0}\u{85}"#
                    + #"\u{2028}\u{202e}é\u{7f}""#,
                #""message":"Forged.","a":"x\n2026 error\r\t\u001b[2J\u0000\u0085"#
                    + #"\u2028\u202eé\u007f""#
            ),
            (
                "Names.", ["a\nb": 1, "time": 2, "nan": .double(.nan), "far": .double(-.infinity)],
                #"Names.                               a\nb=1 time=2 nan=nan far=-inf"#,
                #""message":"Names.","a\nb":1,"field_time":2,"nan":"nan","far":"-inf""#
            ),
        ] as [(StaticString, LogFields, String, String)])
    func `a line is one line, whatever is in it`(
        message: StaticString, fields: LogFields, readable: String, json: String
    ) throws {
        let capture = LogCapture()
        Log(level: .trace, clock: clock, sink: capture).info(message, fields)
        let entry = try #require(capture.entries.first)
        let time = "2026-03-01T08:05:09.042Z"
        let lines = LogFormat.allCases.map { String(decoding: $0.line(for: entry), as: UTF8.self) }
        #expect(lines[0] == "\(time) info    \(readable)\n")
        #expect(lines[1] == #"{"time":"\#(time)","level":"info",\#(json)}"# + "\n")
    }

    @Test func `a very long value is cut and says how long it was`() throws {
        let capture = LogCapture()
        let long = String(repeating: "é", count: 5000)
        Log(level: .trace, clock: clock, sink: capture).info("Long.", ["a": .string(long)])
        let entry = try #require(capture.entries.first)
        for format in LogFormat.allCases {
            let line = String(decoding: format.line(for: entry), as: UTF8.self)
            #expect(line.utf8.count < 4300)
            #expect(line.contains(#"é... (10000 bytes)""#))
        }
    }

    @Test func `a reader that does not read costs lines, not time, and learns how many`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let reader = ends[0]
        defer {
            close(ends[0])
            close(ends[1])
        }
        let log = Log(
            level: .info, clock: clock,
            sink: LogStream(descriptor: ends[1], format: .readable))
        let start = Clock.system.monotonic
        for number in 0..<3000 { log.info("Filling the pipe.", ["number": .int(number)]) }
        #expect(Clock.system.monotonic - start < .seconds(20))

        func drain() -> [Substring] {
            var text: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            var wanted = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            while poll(&wanted, 1, 0) > 0 {
                let count = read(reader, &chunk, chunk.count)
                text += chunk.prefix(max(0, count))
            }
            return String(decoding: text, as: UTF8.self).split(separator: "\n")
        }
        let kept = drain().count
        #expect(kept > 100 && kept < 3000)
        log.info("Read again.")
        let lines = drain()
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("dropped=\(3000 - kept)") == true)
        #expect(lines.last?.hasSuffix("Read again.") == true)
    }
}
