/// A person or a group: a disc and the name.
package struct Who: Part {
    /// The name to show.
    package let name: String
    /// Their page; without one the name is plain text.
    package let href: Href?
    /// A group has a square with round corners, a person a disc.
    package let isGroup: Bool
    /// Their picture, instead of initials.
    package let picture: Href?

    /// A person or a group.
    package init(_ name: String, href: Href?, isGroup: Bool = false, picture: Href? = nil) {
        self.name = name.isEmpty ? "no name" : name
        self.href = href
        self.isGroup = isGroup
        self.picture = picture
    }

    /// The disc and the name on one line.
    package var html: HTML {
        let title: HTML =
            href.map { "<a href=\"\($0)\"><bdi>\(name)</bdi></a>" }
            ?? "<span><bdi>\(name)</bdi></span>"
        return "<span class=\"who\">\(disc)\(title)</span>"
    }

    /// The disc alone.
    package var disc: Disc { Disc(name: name, isGroup: isGroup, picture: picture) }
}

/// The picture of a person or a group, or their initials on a colour that belongs to the name.
package struct Disc: Part {
    let name: String
    let isGroup: Bool
    let picture: Href?
    let isLarge: Bool

    /// A disc of 20 pixels, or of 28 when large.
    package init(name: String, isGroup: Bool = false, picture: Href? = nil, isLarge: Bool = false) {
        self.name = name
        self.isGroup = isGroup
        self.picture = picture
        self.isLarge = isLarge
    }

    /// Hidden from assistive technology: the name stands beside it.
    package var html: HTML {
        let shape = (isGroup ? " disc-group" : "") + (isLarge ? " disc-large" : "")
        if let picture {
            return """
                <span class="disc\(shape)" aria-hidden="true">\
                <img src="\(picture)" alt="" loading="lazy"></span>
                """
        }
        return "<span class=\"disc disc-\(colour)\(shape)\" aria-hidden=\"true\">\(initials)</span>"
    }

    /// The first letters of the first two words; of a single word its first letter.
    var initials: String {
        var initials = ""
        var isInWord = false
        for character in name {
            let isPart = isPartOfWord(character)
            if isPart, !isInWord { initials.append(character) }
            if initials.count == 2 { break }
            isInWord = isPart
        }
        return initials
    }

    /// ASCII is decided here: the tables of Unicode took a seventh of the time of a whole page.
    private func isPartOfWord(_ character: Character) -> Bool {
        guard let ascii = character.asciiValue else {
            return character.isLetter || character.isNumber
        }
        return (48...57).contains(ascii) || (97...122).contains(ascii | 0x20)
    }

    /// One of the eight colours, the same for a name in every page and process.
    var colour: Int {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int((hash ^ (hash >> 15)) & 7)
    }
}
