import Contracts
import Foundation
import HTTPClient
import Knowledge
import Postgres
import TestKit
import TestServers
import Testing

@Suite(.serialized) struct RerankerTests {
  private let tenant = TenantID(UUID.version7())

  private func with(_ body: (IndexFixture) async throws -> Void) async throws {
    try await TestDatabase.with(connections: 2) { database in
      let version = try await database.pool.withTransaction {
        try IndexVersions.make(TestDatabase.home, sizes: ChunkSizes(), model: nil, in: $0)
      }
      try await body(IndexFixture(pool: database.pool, version: version, store: nil))
    }
  }

  private func reranker(_ url: String, timeout: Duration = .seconds(5)) -> HTTPReranker {
    HTTPReranker(url: url, model: "m", key: "secret", timeout: timeout, client: HTTPClient())
  }

  private func server(_ answer: String, status: String = "200 OK") throws -> SocketServer {
    try SocketServer { connection, _ in
      while connection.readRequest() != nil { connection.respond(status, answer) }
    }
  }

  /// The scores of a model that was not made for it mean nothing; that they decide is what is seen here.
  @Test(.timeLimit(.minutes(2))) func llamaDecidesTheOrder() async throws {
    let port = try SocketServer.unusedPort()
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("rerank.py").path
    let process = try ServerProcess(
      ["python3", script, "\(port)"], environment: ["OMP_WAIT_POLICY": "passive"], ready: "ready\n")
    let reranker = reranker("http://127.0.0.1:\(port)/v1", timeout: .seconds(60))
    let texts = ["Refund rules of the shop", "A refund takes a week", "Refund refund refund"]
    let scores = try await reranker.scores(of: texts, for: "When do I get my refund?")
    try #require(scores.count == 3 && Set(scores).count == 3)
    let order = zip(texts, scores).sorted { $0.1 > $1.1 }.map(\.0)
    try await with { index in
      for text in texts { _ = try await index.add(tenant, text) }
      let found = try await index.found(tenant, "When do I get my refund?", reranker: reranker)
      #expect(found.matches.map(\.text) == order && found.reranker == "m" && found.missed == [])
      let two = try await index.found(tenant, "When do I get my refund?", reranker: reranker, limit: 2)
      #expect(two.matches.map(\.text) == Array(order.prefix(2)))
    }
    withExtendedLifetime(process) {}
  }

  @Test(arguments: [
    ("no json", "200 OK"), ("{}", "200 OK"), (#"{"results":[{"index":0,"relevance_score":1}]}"#, "200 OK"),
    (#"{"results":[{"index":0,"relevance_score":1},{"index":9,"relevance_score":2}]}"#, "200 OK"),
    ("{}", "429 Too Many Requests"), ("{}", "500 Internal Server Error"), ("{}", "401 Unauthorized"),
  ])
  func aBadAnswerLeavesTheOrderAndIsMissed(answer: String, status: String) async throws {
    let server = try server(answer, status: status)
    let error = await #expect(throws: RerankError.self) {
      try await reranker(server.url).scores(of: ["a", "b"], for: "q")
    }
    #expect(error?.description.contains("secret") == false)
    try await with { index in
      let first = try await index.add(tenant, "Refund refund")
      let second = try await index.add(tenant, "Refund of what you have paid for it in another shop")
      let found = try await index.found(tenant, "refund", reranker: reranker(server.url))
      #expect(found.matches.map(\.document) == [first, second])
      #expect(found.missed == [.reranker] && found.reranker == nil)
    }
    server.stop()
  }

  @Test func aServerThatHangsIsWaitedForNoLongerThanItMayTake() async throws {
    let silent = try SocketServer { connection, _ in while connection.readRequest() != nil {} }
    let start = ContinuousClock.now
    await #expect(throws: RerankError.self) {
      try await reranker(silent.url, timeout: .milliseconds(200)).scores(of: ["a"], for: "q")
    }
    #expect(ContinuousClock.now - start < .seconds(20))
    silent.stop()
  }

  @Test func scoresComeInTheOrderOfThePassages() async throws {
    let server = try server(
      #"{"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":-2.5}]}"#)
    #expect(try await reranker(server.url + "/rerank").scores(of: ["a", "b"], for: "q") == [-2.5, 0.9])
    server.stop()
  }
}
