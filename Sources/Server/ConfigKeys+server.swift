import Access
import Catalog
import Outbound
import Settings
import Store

extension ConfigKeys {
    /// The portal itself: addresses, and the headers of answers.
    static let server = ConfigKeys(
        owner: "Server",
        [
            ConfigKey("app.title", .string, default: "Callboard", "What the portal is called."),
            ConfigKey(
                "app.baseUrl", .string, default: "backend.baseUrl",
                "The address that people type; its path is where the pages are mounted."),
            ConfigKey("organization.name", .string, "The name of the company."),
            ConfigKey(
                "backend.baseUrl", .string, default: "http://localhost:7007",
                "The address that programs use."),
            ConfigKey(
                "backend.listen", .either([.string, .integer(0...65535), .object]),
                default: "127.0.0.1:7007",
                "Where to listen: `:7007`, `host:7007`, or host and port."),
            ConfigKey(
                "backend.listen.host", .string, default: "0.0.0.0", "The address to listen on."),
            ConfigKey(
                "backend.listen.port", .integer(0...65535), default: "7007",
                "The port to listen on; 0 for any that is free."),
            ConfigKey(
                "backend.trustProxy",
                .either([.bool, .integer(0...100), .string, .list(.string)]), default: "false",
                "Whose `X-Forwarded-` headers count: all, those of so many proxies, or those of "
                    + "addresses, subnets, `loopback`, `linklocal`, `uniquelocal`."),
            ConfigKey(
                "backend.https", .either([.bool, .object]), default: "false",
                "Speaks TLS: `true` with a certificate of its own that nobody trusts unasked, or with yours."
            ),
            ConfigKey(
                "backend.https.certificate.cert", .string, "The certificate chain, as PEM text."),
            ConfigKey(
                "backend.https.certificate.key", .secret,
                "The certificate's key, as PEM text."),
            ConfigKey(
                "backend.csp.<directive>", .either([.bool, .string, .list(.string)]),
                "A directive of the content security policy; false takes it out."),
            ConfigKey(
                "backend.cors", .either([.bool, .object]), default: "no other origin",
                "Which pages of other origins may ask."),
            ConfigKey(
                "backend.cors.origin", .either([.bool, .string, .list(.string)]),
                "Their origins, `*` in them standing for anything."),
            ConfigKey(
                "backend.cors.methods", .either([.string, .list(.string)]),
                "The methods that they may use."),
            ConfigKey(
                "backend.cors.allowedHeaders", .either([.string, .list(.string)]),
                "The headers that they may send."),
            ConfigKey(
                "backend.cors.exposedHeaders", .either([.string, .list(.string)]),
                "The headers that they may see."),
            ConfigKey(
                "backend.cors.credentials", .bool, default: "false",
                "Whether their requests may carry cookies."),
            ConfigKey(
                "backend.cors.maxAge", .integer(0...86_400),
                "For how many seconds a browser may keep the answer about this."),
            ConfigKey(
                "backend.referrer.policy", .string, default: "no-referrer",
                "The `Referrer-Policy` of all answers."),
            ConfigKey(
                "callboard.dataFolder", .string, default: "the folder of the SQLite file",
                "Where the image of the index is kept."),
        ])

    /// All that is declared.
    static let all: [ConfigKeys] = [.store, .outbound, .catalog, .access, .server]
}
