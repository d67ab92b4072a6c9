import Contracts
import Crypto
import Foundation
import HTTPClient
import Synchronization
import TestServers
import Testing

@testable import Pipeline

/// Calls of tools' servers that do not go well.
@Suite(.timeLimit(.minutes(5))) struct HTTPToolCallerTests {
  private let client = HTTPClient()
  private let key = SealingKey(id: KeyID(UUID.version7()), key: SymmetricKey(size: .bits256))

  private func call(
    _ url: String, hosts: String, changes: Bool = false, timeout: Duration = .seconds(20)
  ) async -> ToolOutcome {
    await HTTPToolCaller(client: client, hosts: ToolHosts(hosts)).call(
      ToolRequest(
        tool: "order", method: changes ? "POST" : "GET", url: url, headers: [], body: [], changes: changes,
        timeout: timeout, maximumBytes: 1_000), key: key)
  }

  private func text(_ outcome: ToolOutcome) throws -> String? {
    try outcome.sealed.map { String(decoding: try JWE.open($0, with: key), as: UTF8.self) }
  }

  /// Whether it says nothing, or never comes to an end.
  @Test(arguments: [false, true])
  func whatTakesTooLongHasFailedAndWhatMayHaveBeenDoneIsUncertain(trickles: Bool) async throws {
    let done = Signal()
    let server = try SocketServer { connection, _ in
      guard connection.readRequest() != nil else { return }
      if trickles {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx")
      }
      done.block()
    }
    for (changes, outcome) in [(false, "failed"), (true, "uncertain")] {
      let called = await call(
        "\(server.url)/x", hosts: "private:127.0.0.1:\(server.port)", changes: changes, timeout: .seconds(1))
      #expect(called.outcome == outcome && called.reason == "timeout")
      #expect(called.milliseconds >= 900)
      #expect(try text(called) == nil)
    }
    done.send()
    server.stop()
  }

  /// A host that is listed, and whose name leads into a private network.
  @Test func aPrivateAddressIsReachedOnlyWhereTheListSaysSo() async throws {
    let connections = Mutex(0)
    let server = try SocketServer { connection, _ in
      connections.withLock { $0 += 1 }
      if connection.readRequest() != nil { connection.respond("200 OK", "secret") }
    }
    for host in ["localhost", "127.0.0.1", "0.0.0.0", "10.0.0.1", "192.168.1.1", "169.254.169.254"] {
      let place = "\(host):\(server.port)"
      for changes in [false, true] {
        let called = await call("https://\(place)/", hosts: place, changes: changes)
        // It is known that nothing was sent.
        #expect(called.outcome == "failed" && called.reason == "address-refused", "\(host) \(called)")
      }
      // Listed without `private:` it is not asked by http.
      #expect(await call("http://\(place)/", hosts: place).reason == "host-not-allowed")
    }
    #expect(connections.withLock { $0 } == 0)
    let place = "127.0.0.1:\(server.port)"
    let meant = await call("http://\(place)/", hosts: "private:\(place)")
    #expect(try meant.outcome == "succeeded" && text(meant) == #"{"text":"secret"}"#)
    server.stop()
  }

  @Test func noRedirectIsFollowedAndMoreThanAllowedIsCutOff() async throws {
    let paths = Mutex<[String]>([])
    let server = try SocketServer { connection, _ in
      guard let request = connection.readRequest() else { return }
      let path = request.head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
      paths.withLock { $0.append(path) }
      if path == "/moved" {
        // It closes after each answer, which the next call must not run into.
        connection.respond("302 Found", headers: ["Location: /secret", "Connection: close"], "")
      } else {
        connection.respond("200 OK", String(repeating: "x", count: 5_000))
      }
    }
    let hosts = "private:127.0.0.1:\(server.port)"
    let moved = await call("\(server.url)/moved", hosts: hosts)
    #expect(moved.outcome == "failed" && moved.reason == "redirect" && moved.status == 302)
    let long = await call("\(server.url)/long", hosts: hosts)
    try #require(long.outcome == "succeeded", "\(long)")
    let kept = try #require(try text(long))
    #expect(kept.count { $0 == "x" } == 1_001 && kept.contains("cut off"))
    #expect(paths.withLock { $0 } == ["/moved", "/long"])
    server.stop()
  }
}
