import Foundation
import HTTPClient
import Knowledge
import Postgres
import Synchronization
import TestKit
import TestServers
import Testing

@Suite struct EmbedderTests {
  @Test func theModelThatComesAlongPutsWhatMeansTheSameTogether() async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", TestDatabase.home.folder("ops/embedder/serve.py").path]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while !line.contains(UInt8(ascii: "\n")) {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { break }
      line += more
    }
    let port = try #require(Int(String(decoding: line.prefix { $0 > 0x20 }, as: UTF8.self)))
    let embedder = OpenAIEmbedder(
      url: "http://127.0.0.1:\(port)", key: nil,
      model: EmbeddingModel(name: "all-MiniLM-L6-v2", dimensions: 384),
      client: HTTPClient())
    let question = try await embedder.embed(["How do I get my money back?"], for: .question)[0]
    let passages = try await embedder.embed(
      ["We refund what you paid within a week.", "Our shop lies beside the station."], for: .passage)
    #expect(cosine(question, passages[0]) > cosine(question, passages[1]) + 0.1)
    #expect(abs(cosine(question, question) - 1) < 0.001)
    // It ends by itself when its standard input does.
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private func cosine(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { $0 * $1 }.reduce(0, +) }

  private func server(_ answer: String, status: String = "200 OK") throws -> SocketServer {
    try SocketServer { connection, _ in
      while connection.readRequest() != nil { connection.respond(status, answer) }
    }
  }

  private func embedder(_ server: SocketServer) -> OpenAIEmbedder {
    OpenAIEmbedder(
      url: server.url + "/v1", key: "secret", model: EmbeddingModel(name: "m", dimensions: 2),
      client: HTTPClient())
  }

  @Test func vectorsComeInTheOrderOfTheTextsAndWithLengthOne() async throws {
    let server = try server(#"{"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[3,4]}]}"#)
    let vectors = try await embedder(server).embed(["a", "b"], for: .passage)
    #expect(vectors == [[0.6, 0.8], [0, 1]])
    server.stop()
  }

  @Test(arguments: [
    (#"{"data":[]}"#, "200 OK", false), (#"{"data":[{"index":0,"embedding":[1]}]}"#, "200 OK", false),
    (#"{"data":[{"index":0,"embedding":[0,0]}]}"#, "200 OK", false), ("no json", "200 OK", false),
    ("{}", "429 Too Many Requests", true), ("{}", "500 Internal Server Error", true),
    ("{}", "401 Unauthorized", false),
  ])
  func aBadAnswerIsAnErrorThatSaysWhetherToTryAgain(
    answer: String, status: String, isRetriable: Bool
  ) async throws {
    let server = try server(answer, status: status)
    let embedder = embedder(server)
    let failure = await #expect(throws: EmbeddingError.self) {
      try await embedder.embed(["a"], for: .question)
    }
    #expect(failure?.isRetriable == isRetriable)
    #expect(failure?.description.contains("secret") == false)
    server.stop()
  }

  private final class CountingEmbedder: Embedder {
    let model = EmbeddingModel(name: "counting", dimensions: 2)
    let texts = Mutex<[String]>([])
    func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]] {
      self.texts.withLock { $0 += texts }
      return texts.map { text in [Float(text.utf8.count), 0.5] }
    }
  }

  @Test func nothingIsEmbeddedTwice() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let embedder = CountingEmbedder()
      let cache = EmbeddingCache(embedder, pool: database.pool)
      let first = try await cache.passages(["a", "bb", "a"])
      #expect(first == [[1, 0.5], [2, 0.5], [1, 0.5]])
      let second = try await cache.passages(["bb", "ccc"])
      #expect(second == [[2, 0.5], [3, 0.5]])
      #expect(embedder.texts.withLock { $0 }.sorted() == ["a", "bb", "ccc"])
    }
  }
}
