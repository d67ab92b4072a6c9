import ArgumentParser
import Contracts
import EventLog
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Pipeline
import Postgres
import PostgresLog
import Projections

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say in plain words what is wrong with this installation, and what to do.")

  func run() async throws {
    var examination = Examination()
    await examination.perform()
    for finding in examination.findings { print(finding) }
    if examination.problems > 0 { throw ExitCode(1) }
    print("all is well")
  }
}

/// The checks of `doctor`, each one only where what it stands on is sound.
private struct Examination {
  private(set) var findings: [String] = []
  private(set) var problems = 0

  private mutating func good(_ text: String) { findings.append("ok       \(text)") }
  /// What may be so on purpose, or cannot be changed by whoever runs the engine.
  private mutating func note(_ text: String, _ advice: String) {
    findings.append("note     \(text)\n         \(advice)")
  }
  private mutating func bad(_ text: String, _ advice: String) {
    problems += 1
    findings.append("problem  \(text)\n         \(advice)")
  }

  mutating func perform() async {
    let configuration: Configuration
    let home: Home
    let url: String
    do {
      configuration = try Configuration()
      home = try Home.located()
      url = try configuration.databaseURL
    } catch { return bad("\(error)", "ops/start sets this up; see the README for the settings.") }
    good("settings can be read; schemas and projections are in \(home.url.path)")
    let pool = PostgresPool(url: url, connections: 2)
    defer { pool.shutdown() }
    guard await database(pool), await keys(configuration, pool) else { return }
    await log()
    await work(pool, home)
    await accounts()
    await model(configuration)
    await index(configuration, pool)
    await reranker(configuration)
  }

  private mutating func reranker(_ configuration: Configuration) async {
    do {
      guard let reranker = try configuration.reranker(HTTPClient()) else { return }
      _ = try await reranker.scores(of: ["a passage"], for: "a question")
      good("\(reranker.name) puts passages into their order")
    } catch let error as RerankError {
      bad(
        error.description,
        "Passages stay as they are found until it answers in time: see AIGENTABLE_RERANK_URL in the README.")
    } catch { bad("\(error)", "See the settings that begin with AIGENTABLE_RERANK in the README.") }
  }

  private mutating func index(_ configuration: Configuration, _ pool: PostgresPool) async {
    do {
      let wanted = try configuration.embedding?.model
      let store = try configuration.vectorStore
      let (live, builds, hasVectors, stale) = try await pool.withTransaction { transaction in
        (
          try IndexVersions.live(in: transaction), try IndexVersions.others(in: transaction),
          try transaction.execute("select knowledge.has_vectors()")[0].bool(0) || store.kind != nil,
          try StaleVectors.count(in: transaction)
        )
      }
      await vectors(store, stale)
      guard let live else { return bad("there is no index of documents", "Run: aigentable migrate") }
      for build in builds {
        note(
          "index \(build.number) was built, or is being built, and is not searched",
          "aigentable reindex with the same settings makes it live, and with --drop throws it away.")
      }
      if !hasVectors {
        good(
          "this Postgres has no pgvector: passages are found by their words alone (BM25), not by their meaning"
        )
      } else if wanted == nil, let model = live.model {
        bad(
          "index \(live.number) holds vectors of \(model), and no model is configured",
          "See AIGENTABLE_EMBEDDER and AIGENTABLE_EMBEDDING_URL. Until then passages are found by their words alone."
        )
      } else if let wanted, !live.holdsVectors(of: wanted) {
        let held = live.model.map { "vectors of \($0) (\(live.dimensions ?? 0) numbers)" } ?? "no vectors"
        bad(
          "index \(live.number) holds \(held), and \(wanted.name) (\(wanted.dimensions) numbers) is configured",
          "Run: aigentable reindex. Until then passages are found by their words alone.")
      } else if let model = live.model, live.space?.store != store.kind {
        bad(
          "index \(live.number) has its vectors in \(live.space?.store ?? "postgres"), and \(store.kind ?? "postgres") is configured",
          "Run: aigentable reindex, or set AIGENTABLE_VECTOR_STORE back. The vectors of \(model) are in the other place."
        )
      } else if let model = live.model {
        good(
          "index \(live.number) finds passages by their words and by vectors of \(model) in \(live.space?.store ?? "postgres")"
        )
      } else {
        good("index \(live.number) finds passages by their words alone: no embedding model is configured")
      }
    } catch { bad("\(error)", "See the settings that begin with AIGENTABLE_EMBEDDING in the README.") }
  }

  private mutating func vectors(_ choice: VectorStoreChoice, _ stale: Int) async {
    guard let store = choice.store(HTTPClient()) else {
      if stale > 0 {
        bad(
          "\(stale) texts that are gone have vectors in a store that is not configured any more",
          "Set AIGENTABLE_VECTOR_STORE to it until they are removed, or delete its data.")
      }
      return
    }
    do {
      try await store.check()
      good(
        "the vector store \(store.kind) answers"
          + (stale > 0 ? "; \(stale) texts are still to be removed from it" : ""))
    } catch {
      bad(
        error.description,
        "Passages are found by their words alone until it answers: see AIGENTABLE_VECTOR_STORE in the README."
      )
    }
  }

  private mutating func database(_ pool: PostgresPool) async -> Bool {
    do {
      let (version, fsync, migrated, forgets) = try await pool.withConnection { connection in
        let row = try connection.execute(
          """
          select current_setting('server_version_num')::int, current_setting('fsync') = 'on',
            to_regclass('log.topic') is not null,
            current_setting('wal_recycle') = 'off' and current_setting('archive_timeout') <> '0'
          """)[0]
        return (row.int4(0), row.bool(1), row.bool(2), row.bool(3))
      }
      if version < 150_000 {
        bad("Postgres is version \(version / 10_000)", "The engine needs 15 or later.")
      } else {
        good("Postgres \(version / 10_000) answers")
      }
      if !fsync {
        bad("fsync is off", "A crash of the machine can lose what was acknowledged: set fsync = on.")
      }
      if !forgets {
        note(
          "files of the write-ahead log are kept and used again: they may hold what erased people said",
          "Set wal_recycle = off and archive_timeout = 5min (ops/runbooks/erase-a-person.md, bytes on disk).")
      }
      if !migrated { bad("the database is not migrated", "Run: aigentable migrate") }
      return migrated
    } catch {
      bad(
        "\(error)",
        "See that Postgres runs and AIGENTABLE_DATABASE_URL is right (ops/runbooks/postgres-down.md).")
      return false
    }
  }

  private mutating func keys(_ configuration: Configuration, _ pool: PostgresPool) async -> Bool {
    do {
      let keyring = Keyring(master: try configuration.loadMasterKey())
      try await pool.withConnection { try keyring.checkMaster(on: $0) }
      good("the master key fits this database")
      return true
    } catch {
      bad("\(error)", "See ops/runbooks/lost-master-key.md.")
      return false
    }
  }

  private mutating func log() async {
    do {
      let partitions = try await Foundations.with(connections: 2) { foundations in
        for topic in Topic.allCases { _ = try await foundations.log.ends(of: topic) }
        return foundations.log.layout.count(.conversations)
      }
      good("the log answers; \(partitions) partitions")
    } catch { bad("\(error)", "For Kafka see ops/runbooks/kafka-down.md.") }
  }

  private mutating func work(_ pool: PostgresPool, _ home: Home) async {
    do {
      let (parked, uncertain) = try await pool.withConnection { connection in
        let row = try connection.execute(
          """
          select (select count(*) from stage.parked),
            (select count(*) from stage.ledger where intent_at < now() - interval '10 minutes' and outcome is null)
          """)[0]
        return (row.int8(0), row.int8(1))
      }
      if parked > 0 {
        bad("\(parked) events are parked", "Run: aigentable parked (ops/runbooks/parked-events.md)")
      } else {
        good("nothing is parked")
      }
      if uncertain > 0 {
        good("\(uncertain) calls never learned their outcome; their messages say uncertain")
      }
      let definitions = try ProjectionDefinition.loadAll(home.folder("projections"))
      good("projections: \(definitions.map { "\($0.name) \($0.version)" }.joined(separator: ", "))")
    } catch { bad("\(error)", "Run: aigentable migrate") }
  }

  /// Those that are polled; the check of a connection says more, of every channel.
  private mutating func accounts() async {
    do {
      let polled = try await Foundations.with(connections: 2) { foundations in
        let known = try await foundations.directory.catchUp().connections
        let all = try await foundations.pool.withConnection { try PollStatus.all(of: nil, on: $0) }
        return all.compactMap { status in
          known[status.connection].flatMap { $0.isDisabled ? nil : (name: $0.name, status: status) }
        }
      }
      for (name, status) in polled {
        guard let reason = status.reason else { continue }
        bad(
          "\(status.channel) connection \(name) (\(status.connection)) cannot be polled since "
            + "\(status.since.ISO8601Format()): \(reason)",
          "Ask what is wrong with it: POST /v1/connections/\(status.connection)/check")
      }
      let sound = polled.count { $0.status.reason == nil }
      if sound > 0 { good("\(sound) accounts are polled") }
    } catch { bad("\(error)", "The accounts that are polled cannot be read.") }
  }

  private mutating func model(_ configuration: Configuration) async {
    do {
      let models = try ModelSettings(configuration).descriptions
      if models.isEmpty { good("no model is configured: agents quote from documents") }
      for model in models { good("model \(model)") }
    } catch {
      bad(
        "\(error)",
        "See the README on models: AIGENTABLE_MODELS, or AIGENTABLE_MODEL_URL with AIGENTABLE_MODEL.")
    }
  }
}
