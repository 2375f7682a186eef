import Telemetry
import Testing

struct InstantTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_772_352_309_042, "2026-03-01T08:05:09.042Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
            (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
            (.max, "+292278994-08-17T07:12:55.807Z"),
            (.min, "-292275055-05-16T16:47:04.192Z"),
        ] as [(Int64, String)])
    func `an instant is written in UTC and read back`(milliseconds: Int64, text: String) {
        let instant = Instant(milliseconds: milliseconds)
        #expect(instant.iso8601 == text)
        if text.utf8.count == 24 { #expect(Instant(iso8601: text) == instant) }
    }

    @Test(
        arguments: [
            ("2026-03-01T08:05:09Z", "2026-03-01T08:05:09.000Z"),
            ("2026-03-01t08:05:09.5z", "2026-03-01T08:05:09.500Z"),
            ("2026-03-01 08:05:09.123456789+00:00", "2026-03-01T08:05:09.123Z"),
            ("2026-03-01T00:30:00+02:00", "2026-02-28T22:30:00.000Z"),
            ("2025-12-31T23:30:00-01:00", "2026-01-01T00:30:00.000Z"),
            ("0000-01-01T00:00:00+23:59", "-000001-12-31T00:01:00.000Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
            ("2023-02-29T00:00:00Z", nil), ("1900-02-29T00:00:00Z", nil),
            ("2026-13-01T00:00:00Z", nil), ("2026-00-01T00:00:00Z", nil),
            ("2026-04-31T00:00:00Z", nil), ("2026-04-00T00:00:00Z", nil),
            ("2026-03-01T24:00:00Z", nil), ("2026-03-01T00:60:00Z", nil),
            ("2026-03-01T00:00:60Z", nil), ("2026-03-01T00:00:00", nil),
            ("2026-03-01T00:00:00.Z", nil), ("2026-03-01T00:00:00.1234567890Z", nil),
            ("2026-03-01T00:00:00+0200", nil), ("2026-03-01T00:00:00+24:00", nil),
            ("2026-03-01T00:00:00Z ", nil), ("2026-03-01", nil), ("", nil),
            ("２026-03-01T00:00:00Z", nil),
            ("-026-03-01T00:00:00Z", nil), ("2026-03-01T00:00:00Zé", nil),
        ] as [(String, String?)])
    func `a date is read as RFC 3339 says or not at all`(text: String, expected: String?) {
        #expect(Instant(iso8601: text)?.iso8601 == expected)
    }

    @Test func `every day of eight centuries is read back from what is written`() {
        for day in -146_097...146_097 as ClosedRange<Int64> {
            let instant = Instant(milliseconds: day * 86_400_000 + 1)
            guard Instant(iso8601: instant.iso8601) == instant else {
                Issue.record("Day \(day) is written as \(instant.iso8601).")
                return
            }
        }
    }

    @Test func `arithmetic stays within the range`() {
        let end = Instant(milliseconds: .max)
        let start = Instant(milliseconds: .min)
        #expect(Instant(seconds: .max) == end)
        #expect(Instant(seconds: .min) == start)
        #expect(end.adding(.seconds(1)) == end)
        #expect(start.adding(.seconds(-1)) == start)
        #expect(start.adding(.seconds(Int64.max)) > start)
        #expect(end.since(start) == .milliseconds(Int64.max) - .milliseconds(Int64.min))
        #expect(Instant(milliseconds: -1).seconds == -1)
        #expect(Instant(milliseconds: 1999).seconds == 1)
        #expect(Instant(seconds: 2).adding(.microseconds(1999)) == Instant(milliseconds: 2001))
    }
}

struct ClockTests {
    @Test func `a manual clock shows what it was told`() {
        let manual = ManualClock(Instant(seconds: 100))
        let clock = manual.clock
        manual.advance(by: .milliseconds(1500))
        #expect(clock.now == Instant(milliseconds: 101_500))
        #expect(clock.monotonic == .milliseconds(1500))
        manual.set(Instant(seconds: 5))
        #expect(clock.now == Instant(seconds: 5))
        #expect(clock.monotonic == .milliseconds(1500))
    }

    @Test func `the system's clock is of this century and does not go back`() {
        let earlier = Clock.system.monotonic
        #expect(Clock.system.now.iso8601.hasPrefix("20"))
        #expect(Clock.system.monotonic >= earlier)
    }

    @Test func `seeded identifiers repeat, differ among themselves and are version 4`() {
        let (one, two) = (IDGenerator.seeded(7), IDGenerator.seeded(7))
        let ids = (0..<1000).map { _ in one.uuid() }
        #expect(ids == (0..<1000).map { _ in two.uuid() })
        #expect(Set(ids).count == 1000)
        for id in ids + [IDGenerator.random.uuid()] {
            let marks = id.enumerated().filter { $1 == "-" }.map(\.offset)
            let (version, variant) = (Array(id)[14], Array(id)[19])
            guard marks == [8, 13, 18, 23], id.count == 36, version == "4", "89ab".contains(variant)
            else {
                Issue.record("\(id) is no version 4 UUID.")
                return
            }
        }
        #expect(IDGenerator.random.uuid() != IDGenerator.random.uuid())
    }
}
