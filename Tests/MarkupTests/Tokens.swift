#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@testable import Markup

/// The colours of the token file, read as a browser reads them.
struct Tokens {
    private var colours: [String: (lightness: Double, chroma: Double, hue: Double?)] = [:]

    /// `hue` of a colour is nil where it is the company's.
    init(css: String, theme: Theme, highContrast: Bool) {
        let blocks = css.split(separator: "@media (prefers-contrast: more)")
        let sources = highContrast ? blocks : Array(blocks.prefix(1))
        for line in sources.flatMap({ $0.split(separator: "\n") }) {
            let line = line.drop { $0 == " " }
            guard line.hasPrefix("--"), let colon = line.firstIndex(of: ":") else { continue }
            let values = String(line).components(after: "oklch(")
            guard values.count == 2 else { continue }
            let parts = values[theme == .dark ? 1 : 0].split { " )".contains($0) }
            guard parts.count >= 3, let lightness = Double(parts[0].dropLast()),
                let chroma = Double(parts[1])
            else { continue }
            let name = String(line[..<colon].dropFirst(2))
            colours[name] = (lightness / 100, chroma, Double(parts[2]))
        }
    }

    /// Relative luminance as WCAG 2 defines it; out-of-gamut channels are clipped.
    func luminance(_ name: String, hue company: Double) -> Double? {
        guard let colour = colours[name] else { return nil }
        let angle = (colour.hue ?? company) * .pi / 180
        let a = colour.chroma * cos(angle)
        let b = colour.chroma * sin(angle)
        // The matrices of OKLab (B. Ottosson, 2020).
        let l = pow(colour.lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
        let m = pow(colour.lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
        let s = pow(colour.lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
        let red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
        let green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
        let blue = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s
        let clip: (Double) -> Double = { min(1, max(0, $0)) }
        return 0.2126 * clip(red) + 0.7152 * clip(green) + 0.0722 * clip(blue)
    }
}
