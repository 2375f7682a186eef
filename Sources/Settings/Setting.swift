package import Values

/// Where a value of the configuration comes from.
package struct SettingOrigin: Sendable, Equatable {
    /// The file as it was named, or `environment variable APP_CONFIG_…`.
    package let file: String
    /// Unknown for values that stand in no file.
    package let place: TextPosition

    package init(file: String, place: TextPosition) {
        self.file = file
        self.place = place
    }

    /// `file:line:column`.
    package var text: String {
        place.isKnown ? "\(file):\(place.line):\(place.column)" : file
    }
}

/// One value of the configuration, and all that is in it, each with its origin.
package struct Setting: Sendable {
    /// What a value is; members keep the order of their first appearance.
    package enum Content: Sendable {
        case null
        case bool(Bool)
        case number(Double)
        case string(String)
        case list([Setting])
        case object([Member])
    }

    /// A key and its value.
    package struct Member: Sendable {
        package let key: String
        package var value: Setting
    }

    /// What stands there, and where it was written.
    package var content: Content
    package var origin: SettingOrigin

    package init(_ content: Content, _ origin: SettingOrigin) {
        self.content = content
        self.origin = origin
    }

    /// The members of an object; empty for anything else.
    package var members: [Member] {
        if case .object(let members) = content { return members }
        return []
    }

    /// The elements of a list; empty for anything else.
    package var elements: [Setting] {
        if case .list(let elements) = content { return elements }
        return []
    }

    /// The member of an object with this key.
    package subscript(_ key: String) -> Setting? {
        members.first { $0.key == key }?.value
    }

    /// Whether there is no value: `null`, or nothing after the colon.
    package var isNull: Bool {
        if case .null = content { return true }
        return false
    }

    /// What it is, with its article, for messages.
    package var kindName: String {
        switch content {
        case .null: "null"
        case .bool(let value): "the boolean `\(value)`"
        case .number(let value): "the number `\(javaScriptText(of: value))`"
        case .string(let text): text.isEmpty ? "an empty text" : "text"
        case .list: "a list"
        case .object: "an object"
        }
    }

    /// The value as JSON, each node with its line and column.
    package var json: JSON {
        var builder = JSONBuilder(keepsPlaces: true)
        write(to: &builder)
        return builder.finish()
    }

    private func write(to builder: inout JSONBuilder) {
        let place = origin.place
        switch content {
        case .null: builder.null(at: place)
        case .bool(let value): builder.bool(value, at: place)
        case .number(let value):
            if value == value.rounded(), value.magnitude <= 9_007_199_254_740_992 {
                builder.integer(Int64(value), at: place)
            } else {
                builder.number(value, at: place)
            }
        case .string(let text): builder.string(text, at: place)
        case .list(let elements):
            builder.beginArray(at: place)
            for element in elements { element.write(to: &builder) }
            builder.end()
        case .object(let members):
            builder.beginObject(at: place)
            for member in members {
                builder.key(member.key)
                member.value.write(to: &builder)
            }
            builder.end()
        }
    }

    /// The value with another one laid over it.
    ///
    /// Objects are merged key by key; anything else is replaced whole. A `null` on top hides what
    /// is below, also from layers that come later.
    package func merged(with upper: Setting) -> Setting {
        guard case .object(var members) = content, case .object(let others) = upper.content else {
            return upper
        }
        for other in others {
            if let index = members.firstIndex(where: { $0.key == other.key }) {
                members[index].value = members[index].value.merged(with: other.value)
            } else {
                members.append(other)
            }
        }
        return Setting(.object(members), upper.origin)
    }
}
