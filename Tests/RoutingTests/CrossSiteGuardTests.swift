import Inbound
import Routing
import Testing

struct CrossSiteGuardTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var method = HTTPMethod.post
        let headers: [String: String]
        let isAdmitted: Bool

        var testDescription: String { "\(method.rawValue) \(headers.sorted { $0 < $1 })" }
    }

    @Test(arguments: [
        Case(headers: ["Sec-Fetch-Site": "same-origin"], isAdmitted: true),
        Case(headers: ["Sec-Fetch-Site": "same-origin", "Origin": "null"], isAdmitted: true),
        Case(headers: ["Sec-Fetch-Site": "none"], isAdmitted: true),
        Case(headers: ["Sec-Fetch-Site": "same-site"], isAdmitted: false),
        Case(headers: ["Sec-Fetch-Site": "cross-site"], isAdmitted: false),
        Case(
            headers: [
                "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example",
                "Host": "evil.example",
            ], isAdmitted: false),
        Case(
            headers: ["Sec-Fetch-Site": "same-site", "Origin": "https://portal.example.com"],
            isAdmitted: true),
        Case(headers: ["Origin": "https://Portal.example.com"], isAdmitted: true),
        Case(headers: ["Origin": "https://portal.example.com.evil.example"], isAdmitted: false),
        Case(
            headers: ["Origin": "http://10.0.0.5:7007", "Host": "10.0.0.5:7007"], isAdmitted: true),
        Case(headers: ["Origin": "http://10.0.0.5", "Host": "10.0.0.5:7007"], isAdmitted: false),
        Case(
            headers: ["Origin": "https://evil.example", "Host": "portal.example.com"],
            isAdmitted: false),
        Case(headers: ["Origin": "null", "Host": "portal.example.com"], isAdmitted: false),
        Case(headers: ["Host": "portal.example.com"], isAdmitted: false),
        Case(headers: [:], isAdmitted: false),
        Case(method: .put, headers: ["Origin": "https://evil.example"], isAdmitted: false),
        Case(method: .patch, headers: ["Origin": "https://evil.example"], isAdmitted: false),
        Case(method: .delete, headers: ["Origin": "https://evil.example"], isAdmitted: false),
        Case(method: .get, headers: ["Origin": "https://evil.example"], isAdmitted: true),
        Case(method: .head, headers: ["Sec-Fetch-Site": "cross-site"], isAdmitted: true),
        Case(method: .options, headers: ["Sec-Fetch-Site": "cross-site"], isAdmitted: true),
    ])
    func `only pages of our own may change something`(given: Case) {
        let guardian = CrossSiteGuard(ownOrigins: ["https://portal.example.com", nil])
        var headers = HTTPHeaders()
        for (name, value) in given.headers { headers.add(name, value) }
        let head = RequestHead(method: given.method, target: "/sign-out", headers: headers)
        #expect(guardian.admits(head) == given.isAdmitted)
    }
}
