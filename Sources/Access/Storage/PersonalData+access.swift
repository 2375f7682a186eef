package import Store

extension PersonalData {
    /// Sign-ins, and through what users own things.
    package static let access = [
        PersonalData(what: "sessions", table: "session", column: "user_ref"),
        PersonalData(what: "ownerships", table: "user_ownership", column: "user_ref"),
    ]
}
