/// A file that pages refer to, held in the binary.
package struct Asset: Sendable, Equatable {
    /// Its name without the hash, such as `app.css`.
    package let name: String
    /// Where it is served below the base path, with a hash of its content.
    ///
    /// `/assets/app.<hash>.css`. What is served there never changes and may be kept for ever.
    package let path: String
    /// The value of `Content-Type`.
    package let contentType: String
    /// The content.
    package let bytes: [UInt8]

    init(name: String, contentType: String, bytes: [UInt8]) {
        let parts = name.split(separator: ".", maxSplits: 1)
        let suffix = parts.count == 2 ? "." + parts[1] : ""
        self.name = name
        self.path = "/assets/\(parts.first ?? "")." + Asset.hash(bytes) + suffix
        self.contentType = contentType
        self.bytes = bytes
    }

    /// FNV-1a with 64 bits, in hexadecimal digits.
    ///
    /// It tells versions of our own files apart and protects nothing.
    private static func hash(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The portal's assets, made once at the start.
package struct Assets: Sendable {
    /// The whole of the style.
    package let stylesheet: Asset
    /// The little script there is.
    ///
    /// Pages work without it.
    package let script: Asset
    /// The picture in the browser's tab.
    package let favicon: Asset

    /// The assets in the company's colour.
    ///
    /// `accentHue` is an OKLCH hue in degrees, taken modulo 360; lightness and chroma are the
    /// design system's, so that contrast holds for every hue. `nil` is the portal's own blue.
    package init(accentHue: Int? = nil) {
        var css: [UInt8] = []
        for file in Assets.stylesheets {
            file.withUTF8Buffer { css.append(contentsOf: $0) }
        }
        if let accentHue {
            css.append(contentsOf: ":root { --hue: \(((accentHue % 360) + 360) % 360); }\n".utf8)
        }
        stylesheet = Asset(name: "app.css", contentType: "text/css; charset=utf-8", bytes: css)
        script = Asset(
            name: "app.js", contentType: "text/javascript; charset=utf-8",
            bytes: Embedded.appJS.withUTF8Buffer { Array($0) })
        favicon = Asset(
            name: "favicon.svg", contentType: "image/svg+xml",
            bytes: Embedded.faviconSVG.withUTF8Buffer { Array($0) })
    }

    /// Every asset, for the route that serves them.
    package var all: [Asset] { [stylesheet, script, favicon] }

    /// In the order of the cascade: what comes later may refine what came before.
    static let stylesheets: [StaticString] = [
        Embedded.tokensCSS, Embedded.baseCSS, Embedded.shellCSS, Embedded.partsCSS,
        Embedded.readingCSS, Embedded.pagesCSS, Embedded.printCSS,
    ]
}
