import Inbound
import Values

/// Finds the route of a path: a tree of segments.
///
/// As in Backstage's routers letters match in either case, a slash at the end does not count, and
/// neither do empty segments behind `/api/<plugin>`. A fixed segment wins over a parameter.
struct RouteTable: Sendable {
    /// What a path leads to.
    enum Match {
        case route(Route, [String: String])
        /// There are routes here, for other methods.
        case otherMethod([HTTPMethod])
        case none
        /// A segment is not percent-encoded UTF-8.
        case badEscape
    }

    /// A route with the names of its parameters.
    private struct Leaf: Sendable {
        let route: Route
        let names: [String]

        init(_ route: Route) {
            self.route = route
            names = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                String($0.dropFirst().prefix { $0 != "}" && $0 != "." })
            }
        }
    }

    private final class Node: Sendable {
        let fixed: [String: Node]
        let parameter: Node?
        let routes: [HTTPMethod: Leaf]
        let tails: [HTTPMethod: Leaf]

        init(_ routes: [(segments: ArraySlice<Substring>, route: Route)]) {
            var here: [HTTPMethod: Leaf] = [:]
            var tails: [HTTPMethod: Leaf] = [:]
            var below: [String: [(ArraySlice<Substring>, Route)]] = [:]
            var open: [(ArraySlice<Substring>, Route)] = []
            for (segments, route) in routes {
                guard let segment = segments.first else {
                    here[route.method] = Leaf(route)
                    continue
                }
                if segment.hasSuffix("...}") {
                    tails[route.method] = Leaf(route)
                } else if segment.hasPrefix("{") {
                    open.append((segments.dropFirst(), route))
                } else {
                    below[segment.lowercased(), default: []].append((segments.dropFirst(), route))
                }
            }
            self.routes = here
            self.tails = tails
            fixed = below.mapValues { Node($0) }
            parameter = open.isEmpty ? nil : Node(open)
        }
    }

    private let root: Node
    /// The plugins that have routes.
    let plugins: Set<String>

    init(_ routes: [Route]) {
        root = Node(routes.map { ($0.pattern.split(separator: "/")[...], $0) })
        plugins = Set(routes.map(\.plugin)).subtracting([""])
    }

    /// - Parameter path: percent-encoded, without the base path and the query.
    func match(_ method: HTTPMethod, _ path: String) -> Match {
        guard let raw = Self.segments(path) else { return .none }
        var decoded: [String] = []
        for segment in raw {
            guard let text = PercentEncoding.decode(segment: segment) else { return .badEscape }
            decoded.append(text)
        }
        var values: [String] = []
        guard let node = find(root, decoded[...], &values) else { return .none }
        let method = method == .head ? .get : method
        let routes = node.isTail ? node.node.tails : node.node.routes
        guard let leaf = routes[method] else { return .otherMethod(Array(routes.keys)) }
        let named = Dictionary(zip(leaf.names, values), uniquingKeysWith: { $1 })
        return .route(leaf.route, named)
    }

    /// The segments of a path; nil where an empty one stands where none may.
    private static func segments(_ path: String) -> [Substring]? {
        // Over bytes: characters cost ten times as much, and this is done for every request.
        var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Substring($0) }.dropFirst()
        if parts.last?.isEmpty == true { parts = parts.dropLast() }
        let isAPI = parts.first.map { folded(String($0)) == "api" } ?? false
        if parts.prefix(2).contains(where: \.isEmpty) { return nil }
        return isAPI ? parts.filter { !$0.isEmpty } : Array(parts)
    }

    private func find(
        _ node: Node, _ segments: ArraySlice<String>, _ values: inout [String]
    ) -> (node: Node, isTail: Bool)? {
        guard let segment = segments.first else {
            return node.routes.isEmpty ? nil : (node, false)
        }
        let count = values.count
        if let next = node.fixed[folded(segment)],
            let found = find(next, segments.dropFirst(), &values)
        {
            return found
        }
        values.removeSubrange(count...)
        if let next = node.parameter {
            values.append(segment)
            if let found = find(next, segments.dropFirst(), &values) { return found }
            values.removeSubrange(count...)
        }
        guard !node.tails.isEmpty else { return nil }
        values.append(segments.joined(separator: "/"))
        return (node, true)
    }
}
