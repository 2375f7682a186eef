import Glibc
import Testing

@testable import Inbound

/// The pure parts: escapes, queries, cookies, tags, codings.
struct RequestFieldTests {
    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a%2Fb%20c", "a/b c"), ("a+b", "a+b"), ("%c3%BC", "ü"),
        ("%", nil), ("%2", nil), ("%zz", nil), ("a%2", nil), ("%c3", nil), ("%00", nil),
    ])
    func `a path segment is decoded or refused`(_ raw: String, _ decoded: String?) {
        #expect(PercentEncoding.decode(segment: raw) == decoded)
    }

    @Test(arguments: [
        ("", []), ("a=1&b=2&a=3", ["a=1", "b=2", "a=3"]), ("a+b=c+d", ["a b=c d"]),
        ("a%2Bb=%26%3D", ["a+b=&="]), ("a", ["a="]), ("=a", ["=a"]), ("&&a=1&", ["a=1"]),
        ("a=b=c", ["a=b=c"]), ("a=%zz%", ["a=%zz%"]), ("a=%ff", ["a=\u{fffd}"]),
    ])
    func `a query is a list of names and values`(_ raw: String, _ items: [String]) {
        #expect(QueryItems(raw).items.map { "\($0.name)=\($0.value)" } == items)
    }

    @Test(arguments: [
        ("a=1; b=2", ["a=1", "b=2"]), ("a=\"x y\"", ["a=x y"]), ("a", []), ("=b", []),
        ("a=b=c;;a=2", ["a=b=c", "a=2"]), ("a=", ["a="]), ("a=\"", ["a=\""]),
    ])
    func `a cookie header is a list of names and values`(_ raw: String, _ cookies: [String]) {
        let head = RequestHead(method: .get, target: "/", headers: ["cookie": raw])
        #expect(head.cookies.map { "\($0.name)=\($0.value)" } == cookies)
        #expect(head.cookie("a") == head.cookies.first { $0.name == "a" }?.value)
    }

    @Test(arguments: [
        ("\"a\"", true, true), ("W/\"a\"", true, false), ("\"b\", \"a\"", true, true),
        ("*", true, true), ("\"b\"", false, false), ("a", false, false), ("\"a", false, false),
        ("", false, false), ("W/", false, false), ("\"a\", *", true, true),
    ])
    func `a tag is found in a list`(_ header: String, _ isCurrent: Bool, _ permits: Bool) {
        let head = RequestHead(
            method: .get, target: "/", headers: ["If-None-Match": header, "If-Match": header])
        #expect(head.hasCurrent(EntityTag("a")) == isCurrent)
        #expect(head.permitsChange(of: EntityTag("a")) == permits)
        #expect(!head.permitsChange(of: nil))
        #expect(RequestHead(method: .get, target: "/").permitsChange(of: nil))
    }

    @Test(arguments: [
        ("gzip", true), ("deflate, GZIP;q=0.5", true), ("gzip;q=0", false),
        ("gzip; q=0.000", false), ("*", true), ("*;q=0", false), ("*, gzip;q=0", false),
        ("identity", false), ("", false), ("br, x-gzip", true), ("gzip;q=0.01", true),
    ])
    func `gzip is taken if the client says so`(_ header: String, _ takes: Bool) {
        let head = RequestHead(method: .get, target: "/", headers: ["Accept-Encoding": header])
        #expect(head.acceptsGzip == takes)
    }

    @Test func `headers keep their order and compare without case`() {
        var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3"]
        headers.set("B", "4")
        headers.add("C", "")
        #expect(headers.pairs.map { "\($0.name)=\($0.value)" } == ["A=1", "a=3", "B=4", "C="])
        #expect(headers["a"] == "1" && headers.all("A") == ["1", "3"] && headers["d"] == nil)
        headers.remove("a")
        #expect(headers.count == 2)
    }

    @Test func `the executor runs every part of its tasks on its own threads`() async {
        let executor = ServerExecutor(name: "parts", threads: 2)
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<500 {
                group.addTask(executorPreference: executor) {
                    await Task.yield()
                    return currentThreadName().hasPrefix("parts-") ? number : -1_000_000
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 124_750)
        executor.stop()
        let late = Task(executorPreference: executor) { 7 }
        #expect(await late.value == 7, "a job that comes late still runs")
    }
}

/// The name of the calling thread, as the kernel has it.
private func currentThreadName() -> String {
    guard let file = fopen("/proc/thread-self/comm", "r") else { return "" }
    defer { fclose(file) }
    var name = [CChar](repeating: 0, count: 32)
    guard fgets(&name, 32, file) != nil else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
