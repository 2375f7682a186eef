/// What a key of the configuration holds.
package indirect enum ConfigType: Sendable, Equatable {
    case any
    /// Text that is not empty.
    case string
    /// Text that is printed as stars.
    case secret
    /// A whole number, in a range where one is given.
    case integer(ClosedRange<Int>?)
    case number
    case bool
    case duration
    /// As `duration`, or a number of milliseconds.
    case durationOrMilliseconds
    /// An absolute address of the web.
    case url
    case choice([String])
    case list(ConfigType)
    case object
    case either([ConfigType])

    /// What it is, with its article, for messages and the reference.
    package var name: String {
        switch self {
        case .any: "anything"
        case .string: "text"
        case .secret: "text (secret)"
        case .integer(nil): "a whole number"
        case .integer(let range?): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number: "a number"
        case .bool: "true or false"
        case .duration: "a duration such as `30 minutes`, `PT30M` or `{minutes: 30}`"
        case .durationOrMilliseconds: "a duration such as `30 minutes`, or milliseconds"
        case .url: "an address such as `https://portal.example.com`"
        case .choice(let words): "one of \(words.map { "`\($0)`" }.joined(separator: ", "))"
        case .list(let type): "a list of \(type.plural)"
        case .object: "an object"
        case .either(let types): types.map(\.name).joined(separator: " or ")
        }
    }

    private var plural: String {
        switch self {
        case .string, .secret: "texts"
        case .object: "objects"
        case .url: "addresses"
        case .integer: "whole numbers"
        default: "values, each \(name)"
        }
    }

    /// Whether the value is printed as stars.
    package var isSecret: Bool {
        switch self {
        case .secret: true
        case .list(let type): type.isSecret
        case .either(let types): types.contains(where: \.isSecret)
        default: false
        }
    }
}

/// A key of the configuration, declared once by the target that reads it.
package struct ConfigKey: Sendable {
    /// The path: `[]` stands for the elements of a list and `<name>` for any key, as in
    /// `auth.providers.<provider>.<environment>.clientId` or `catalog.locations[].target`.
    package let path: String
    package let type: ConfigType
    /// What holds where the key is absent, as text for the reference.
    package let defaultText: String?
    /// What it is for, in one sentence.
    package let meaning: String
    /// The version that it came with.
    package let since: String?

    package init(
        _ path: String, _ type: ConfigType, default defaultText: String? = nil,
        since: String? = nil,
        _ meaning: String
    ) {
        self.path = path
        self.type = type
        self.defaultText = defaultText
        self.meaning = meaning
        self.since = since
    }
}

/// The keys that one target declares.
package struct ConfigKeys: Sendable {
    /// The target or feature, as the reference names it.
    package let owner: String
    package let keys: [ConfigKey]

    package init(owner: String, _ keys: [ConfigKey]) {
        self.owner = owner
        self.keys = keys
    }
}
