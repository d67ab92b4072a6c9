import Contracts
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Logging
import Postgres
import Synchronization
import TestKit
import TestServers
import Testing

/// Serialised: two of them start the local server.
@Suite(.serialized) struct EmbedderTests {
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
    let model: EmbeddingModel
    let prefix: String
    let texts = Mutex<[String]>([])

    init(_ name: String = "counting", prefix: String = "", dimensions: Int = 2) {
      model = EmbeddingModel(name: name, dimensions: dimensions)
      self.prefix = prefix
    }

    func input(_ text: String, for purpose: EmbeddingPurpose) -> String { prefix + text }
    func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]] {
      self.texts.withLock { $0 += texts }
      return texts.map { [Float($0.utf8.count)] + [Float](repeating: 0.5, count: model.dimensions - 1) }
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
      // Another model gives other vectors, and so does another prefix; both are kept beside the first.
      for other in [CountingEmbedder("other"), CountingEmbedder(prefix: "passage: ")] {
        for _ in 1...2 {
          #expect(
            try await EmbeddingCache(other, pool: database.pool).passages(["a", "bb"]) == [
              [1, 0.5], [2, 0.5],
            ])
        }
        #expect(other.texts.withLock { $0 }.sorted() == ["a", "bb"])
      }
      _ = try await cache.passages(["a", "bb", "ccc"])
      #expect(embedder.texts.withLock { $0.count } == 3)
    }
  }

  @Test func aModelThatIsSetToGiveMoreNumbersIsAskedAgain() async throws {
    try await TestDatabase.with(connections: 1) { database in
      _ = try await EmbeddingCache(CountingEmbedder(), pool: database.pool).passages(["a", "bb"])
      let longer = CountingEmbedder(dimensions: 3)
      for _ in 1...2 {
        let vectors = try await EmbeddingCache(longer, pool: database.pool).passages(["a", "bb"])
        #expect(vectors == [[1, 0.5, 0.5], [2, 0.5, 0.5]])
      }
      #expect(longer.texts.withLock { $0 }.sorted() == ["a", "bb"])
    }
  }

  @Test func vectorsWithMoreNumbersAreNotComparedAndThatIsSaid() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let asked = try await Asked.make(in: database)
      let longer = CountingEmbedder(dimensions: 3)
      let finder = asked.finder(longer)
      let found = try await finder.find(asked.question("Where is it?", nil), in: asked.version)
      #expect(found.vectors == nil && finder.means.lackModel(of: asked.version))
      #expect(longer.texts.withLock { $0 }.isEmpty)
      #expect(!asked.finder(CountingEmbedder()).means.lackModel(of: asked.version))
    }
  }

  /// Two contacts, and an index whose vectors are of the counting model.
  private struct Asked {
    let tenant: TestTenant
    let ada: KeyID
    let bob: KeyID
    let keys: [KeyID: SealingKey]
    let version: IndexVersion

    static func make(in database: TestDatabase) async throws -> Asked {
      let tenant = try await TestTenant.make(in: database)
      let (ada, bob) = (KeyID(UUID.version7()), KeyID(UUID.version7()))
      return try await database.pool.withTransaction { transaction in
        Asked(
          tenant: tenant, ada: ada, bob: bob,
          keys: try tenant.keyring.create(.contact, tenant: tenant.tenant, ids: [ada, bob], in: transaction),
          version: try IndexVersions.make(
            TestDatabase.home, sizes: ChunkSizes(), model: CountingEmbedder().model, in: transaction))
      }
    }

    /// As a process does that has just started.
    func finder(_ embedder: CountingEmbedder) -> PassageFinder {
      PassageFinder(pool: tenant.database.pool, embedder: embedder, keyring: tenant.keyring)
    }

    func question(_ text: String, _ asker: KeyID?) -> KnowledgeIndex.Question {
      .init(
        tenant: tenant.tenant, language: "english", text: text, limit: 3, asker: asker.flatMap { keys[$0] })
    }
  }

  @Test func noQuestionIsEmbeddedTwiceAcrossRestartsAsLongAsItsAskerIsKnown() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let asked = try await Asked.make(in: database)
      let (made, ada, bob, version) = (asked.tenant, asked.ada, asked.bob, asked.version)
      /// Returns whether the model was asked.
      func ask(_ text: String, _ asker: KeyID?, by embedder: CountingEmbedder) async throws -> Bool {
        let finder = asked.finder(embedder)
        for _ in 1...2 {
          let found = try await finder.find(asked.question(text, asker), in: version)
          #expect(found.vectors == "postgres" && found.missed.isEmpty)
        }
        let texts = embedder.texts.withLock { $0 }
        #expect(texts.count <= 1)
        return !texts.isEmpty
      }
      /// What is kept, with the transaction that wrote it.
      func kept() async throws -> [String] {
        try await database.pool.withConnection {
          try $0.execute("select concat_ws(' ', contact, xmin, vector) from knowledge.asked").map {
            $0.text(0)
          }
        }
      }
      // Who only tries an agent leaves nothing.
      #expect(try await ask("Where is it?", nil, by: CountingEmbedder()))
      #expect(try await kept().isEmpty)
      #expect(try await ask("Where is it?", ada, by: CountingEmbedder()))
      let first = try await kept()
      #expect(first.count == 1 && first[0].hasPrefix(ada.uuid.uuidString.lowercased()))
      // Nothing is asked or written anew, whoever asks, or only tries.
      for asker in [ada, bob, nil] { #expect(try await !ask("Where is it?", asker, by: CountingEmbedder())) }
      #expect(try await kept() == first)
      #expect(try await ask("Where is it?", bob, by: CountingEmbedder(prefix: "query: ")))
      #expect(try await kept().count == 2)

      // Erasure takes what Ada asked; what Bob asked stays.
      try await database.pool.withTransaction {
        _ = try $0.execute("select privacy.sweep($1, true)", [.uuids([ada.uuid])])
      }
      made.keyring.forget([ada])
      #expect(try await kept().count == 1)
      #expect(try await ask("Where is it?", bob, by: CountingEmbedder()))
      #expect(try await kept().allSatisfy { $0.hasPrefix(bob.uuid.uuidString.lowercased()) })
      try await database.pool.withTransaction { try IndexVersions.drop(version, in: $0) }
      #expect(try await kept().isEmpty)
    }
  }

  /// A vector whose key is gone is nobody's.
  @Test func aQuestionWhoseKeyIsGoneIsEmbeddedAgain() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let asked = try await Asked.make(in: database)
      let (made, ada, bob, version) = (asked.tenant, asked.ada, asked.bob, asked.version)
      let embedder = CountingEmbedder()
      for asker in [ada, bob, bob] {
        _ = try await asked.finder(embedder).find(asked.question("Hm?", asker), in: version)
        guard asker == ada else { continue }
        try await database.pool.withConnection {
          _ = try $0.execute("delete from keyring.key where id = $1", [.uuid(ada.uuid)])
        }
        made.keyring.forget([ada])
      }
      #expect(embedder.texts.withLock { $0 } == ["Hm?", "Hm?"])
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func theLocalServerIsStartedAgainWhenItDiesAndEndsWithItsTask() async throws {
    let python = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_PYTHON"]
    let local = LocalEmbedder(
      python: try #require(python, "ops/test names the Python that has the model"), home: TestDatabase.home,
      client: HTTPClient(), logger: Logger(label: "test"))
    // A customer is not kept waiting for it.
    await #expect(throws: EmbeddingError.self) { try await local.embed(["x"], for: .question) }
    let running = Task { try await local.run() }
    let first = try await local.embed(["We refund what you paid."], for: .passage)
    #expect(first.first?.count == local.model.dimensions)
    let process = try #require(Self.server())
    kill(process, SIGKILL)
    try await eventually("another one has taken its place") {
      Self.server().map { $0 != process } == true ? true : nil
    }
    try await eventually("it answers questions again") {
      try? await local.embed(["Money back?"], for: .question)
    }
    #expect(try await local.embed(["We refund what you paid."], for: .passage) == first)
    running.cancel()
    _ = await running.result
    try await eventually("it has ended") { Self.server() == nil ? true : nil }
  }

  /// The local server that this process has started, as long as it lives.
  private static func server() -> pid_t? {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.first { process in
      let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      // Behind the name: state and parent (proc(5)).
      let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
      guard fields.count > 1, pid_t(fields[1]) == getpid(), fields[0] != "Z" else { return false }
      let words = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
      return words.contains("serve.py")
    }
  }
}
