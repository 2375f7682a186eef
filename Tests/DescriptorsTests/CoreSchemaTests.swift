import Descriptors
import Testing

@Suite struct `A plain scalar` {
    @Test(
        arguments: [
            ("", .null), ("~", .null), ("Null", .null), ("nULL", .string), ("~x", .string),
            ("true", .bool(true)), ("FALSE", .bool(false)), ("yes", .string), ("tRUE", .string),
            ("017", .integer(17)), ("0o17", .integer(15)), ("0o8", .string),
            ("0xFf", .integer(255)),
            ("0x", .string), ("-0x1", .string), ("+12", .integer(12)), ("-0", .integer(0)),
            ("1_000", .string), ("2020-01-01", .string), ("1:30", .string), ("-", .string),
            ("9007199254740992", .integer(9_007_199_254_740_992)),
            ("9007199254740993", .integer(9_007_199_254_740_992)),
            ("100000000000000000000", .number(1e20)),
            (".5", .number(0.5)), ("5.", .integer(5)), ("1.e3", .integer(1000)),
            ("1.5e-3", .number(0.0015)),
            (".", .string), ("1e", .string), ("1.2.3", .string), (".inf", .null), ("-.INF", .null),
            (".nan", .null), ("-.nan", .string), ("1e999", .null), ("nan", .string), ("é", .string),
            (String(repeating: "9", count: 2000), .string),
        ] as [(String, CoreScalar)])
    func `means what the core schema says`(text: String, meaning: CoreScalar) {
        #expect(coreScalar(text) == meaning)
    }
}
