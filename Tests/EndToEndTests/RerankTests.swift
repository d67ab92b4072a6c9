import Foundation
import HTTPClient
import JSON
import Synchronization
import TestKit
import TestServers
import Testing

/// The server that `AIGENTABLE_RERANK_URL` names, from the setting to what is answered.
@Suite(.serialized) struct RerankTests {
  private static let contact = "15550179"
  private static let question = "How long do returns, refunds and the shipping of a parcel take?"

  @Test(.timeLimit(.minutes(3)))
  func passagesAreInTheOrderOfTheServerAndAsTheyWereFoundWhereItHangs() async throws {
    let reranker = try RerankServer()
    let settings = [
      "AIGENTABLE_RERANK_URL": "\(reranker.url)/v1", "AIGENTABLE_RERANK_MODEL": "judge",
      "AIGENTABLE_RERANK_KEY": "secret", "AIGENTABLE_RERANK_MILLISECONDS": "5000",
    ]
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url, settings) { installation in
        let engine = try await installation.serve()
        try await installation.indexed()
        let ranked = try await installation.ask(Self.question, from: Self.contact, number: 1)
        let request = try #require(reranker.requests.first)
        #expect(request.head.hasPrefix("POST /v1/rerank "), "\(request.head)")
        #expect(request.head.lowercased().contains("authorization: bearer secret"), "\(request.head)")
        let body = try JSONValue(parsing: request.body)
        let found = body["documents"]?.array?.compactMap(\.string) ?? []
        try #require(found.count > 1)
        #expect(body["model"]?.string == "judge" && body["query"]?.string == Self.question)
        #expect(body["top_n"]?.int == Int64(found.count))
        // To it, what was found last is the best.
        let texts = self.texts(ranked)
        #expect(texts.count > 1 && texts == Array(found.reversed().prefix(texts.count)), "\(ranked)")
        #expect(ranked.found["reranker"]?.string == "judge" && ranked.missed.isEmpty, "\(ranked)")
        let scores = ranked.found["passages"]?.array?.compactMap { $0["score"]?.double } ?? []
        #expect(scores == (0..<texts.count).map { Double(found.count - 1 - $0) }, "\(ranked)")
        #expect(
          try await installation.place.run(["doctor"]).contains("judge puts passages into their order"))

        reranker.hang()
        let unranked = try await installation.ask(Self.question, from: Self.contact, number: 2)
        #expect(self.texts(unranked) == Array(found.prefix(texts.count)), "\(unranked)")
        #expect(unranked.missed == ["reranker"] && unranked.found["reranker"]?.string == nil, "\(unranked)")
        // It was waited for as long as it may take.
        #expect(unranked.found["milliseconds"]?.double ?? 0 > 4_900, "\(unranked)")
        let metrics = try await installation.place.client.send(
          HTTPRequest(url: "\(installation.place.engine)/metrics"))
        #expect(
          String(decoding: metrics.body, as: UTF8.self)
            .contains(#"aigentable_search_missed_total{part="reranker"} 1"#))
        let doctor = try installation.place.start(["doctor"])
        #expect(await doctor.ended() == 1, "\(doctor.printed)")
        #expect(doctor.printed.contains("Passages stay as they are found until it answers in time"))
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
    reranker.stop()
  }

  @Test(.timeLimit(.minutes(2)))
  func anEngineDoesNotStartWithASettingThatMakesNoSense() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url) { place in
        try await place.run(["migrate"])
        try await place.run(["topics", "create"])
        let engine = try place.start(
          ["serve", "--port", "\(place.port)"], ["AIGENTABLE_RERANK_URL": "http://127.0.0.1:1"])
        #expect(await engine.ended() != 0)
        #expect(
          engine.printed.contains("AIGENTABLE_RERANK_MODEL does not say which model"), "\(engine.printed)")
      }
    }
  }

  /// Those that were answered from, best first.
  private func texts(_ asked: Asked) -> [String] {
    asked.answer["passages"]?.array?.compactMap { $0["text"]?.string } ?? []
  }
}

/// To it, a passage is the better the later it is named.
private final class RerankServer: Sendable {
  private final class Work: Sendable {
    let state = Mutex<(requests: [ServerConnection.Request], hangs: Bool)>(([], false))
  }

  private let work: Work
  private let server: SocketServer

  init() throws {
    let work = Work()
    self.work = work
    server = try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        let hangs = work.state.withLock { state in
          state.requests.append(request)
          return state.hangs
        }
        if hangs { return connection.waitForClose() }
        let count = (try? JSONValue(parsing: request.body))?["documents"]?.array?.count ?? 0
        let results = (0..<count).map { #"{"index":\#($0),"relevance_score":\#($0).0}"# }
        connection.respond("200 OK", #"{"results":[\#(results.joined(separator: ","))]}"#)
      }
    }
  }

  var url: String { server.url }
  var requests: [ServerConnection.Request] { work.state.withLock { $0.requests } }

  func hang() { work.state.withLock { $0.hangs = true } }
  func stop() { server.stop() }
}
