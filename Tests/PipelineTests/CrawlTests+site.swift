import Synchronization
import TestServers

extension CrawlTests {
  /// A site whose pages the test changes.
  final class Site: Sendable {
    enum Trouble { case closes, status(String, headers: [String] = []) }

    private let pages = Mutex<[String: String]>([:])
    private let bodies = Mutex(0)
    private let paths = Mutex<[String]>([])
    private let isTagged: Bool
    private let trouble: @Sendable (_ path: String, _ time: Int) -> Trouble?

    /// - Parameters:
    ///   - isTagged: whether pages say which version of them they are.
    ///   - trouble: what goes wrong when a path is asked for the first time, the second, and so on.
    init(
      isTagged: Bool = true,
      trouble: @escaping @Sendable (_ path: String, _ time: Int) -> Trouble? = { _, _ in nil }
    ) {
      self.isTagged = isTagged
      self.trouble = trouble
    }

    /// What was asked for.
    var asked: [String] { paths.withLock { $0 } }
    subscript(path: String) -> String? {
      get { pages.withLock { $0[path] } }
      set { pages.withLock { $0[path] = newValue } }
    }
    /// How many pages were sent whole.
    var sent: Int { bodies.withLock { $0 } }

    func serve() throws -> SocketServer {
      try SocketServer { connection, _ in
        guard let request = connection.readRequest() else { return }
        let path = request.head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let time = self.paths.withLock { paths in
          paths.append(path)
          return paths.count { $0 == path }
        }
        // One request a connection.
        let ends = "Connection: close"
        switch self.trouble(path, time) {
        case .closes: return connection.closeNow()
        case .status(let status, let headers):
          return connection.respond(status, headers: [ends] + headers, "")
        case nil: break
        }
        guard let body = self[path] else { return connection.respond("404 Not Found", headers: [ends], "") }
        if let place = body.split(separator: "-> ").last, body.hasPrefix("-> ") {
          return connection.respond("302 Found", headers: [ends, "Location: \(place)"], "")
        }
        let tag = "\"\(body.hashValue)\""
        let tags = self.isTagged ? ["ETag: \(tag)"] : []
        if self.isTagged, request.head.contains(tag) {
          return connection.respond("304 Not Modified", headers: [ends] + tags, "")
        }
        self.bodies.withLock { $0 += 1 }
        let type = path.hasSuffix(".xml") ? "application/xml" : "text/html; charset=utf-8"
        connection.respond("200 OK", headers: [ends, "Content-Type: \(type)"] + tags, body)
      }
    }
  }
}
