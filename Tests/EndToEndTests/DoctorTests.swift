import Foundation
import Postgres
import TestKit
import Testing

@Suite struct DoctorTests {
  @Test(.timeLimit(.minutes(2)))
  func doctorFindsNothingWrongWithAGoodInstallation() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let printed = try await installation.place.run(["doctor"])
        #expect(printed.contains("all is well"))
      }
    }
  }

  /// A server as `ops/start` makes it removes old bytes; that another does not is said, and no problem.
  @Test(.timeLimit(.minutes(2)))
  func doctorSaysWhereTheServerKeepsOldBytes() async throws {
    try await PostgresServer.with { server in
      try await Workplace.with(database: server.url) { place in
        try await place.run(["migrate"])
        try await place.run(["topics", "create"])
        let shipped = try await place.run(["doctor"])
        #expect(shipped.contains("all is well") && !shipped.contains("note     "), "\(shipped)")
        let connection = try PostgresConnection(url: server.url)
        for setting in ["wal_recycle = on", "archive_timeout = 0"] {
          try connection.executeScript("alter system set \(setting)")
          try connection.executeScript("select pg_reload_conf()")
          let name = String(setting.prefix { $0 != " " })
          try await eventually("\(setting)") {
            let rows = try connection.execute("select current_setting($1) in ('on', '0')", [.text(name)])
            return rows[0].bool(0) ? true : nil
          }
          let printed = try await place.run(["doctor"])
          #expect(printed.contains("note     files of the write-ahead log"), "\(printed)")
          #expect(printed.contains("all is well"), "\(printed)")
          try connection.executeScript("alter system reset \(name)")
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func doctorSaysWhatIsWrongAndWhatToDo() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url) { place in
        try await expect(place, [:], "the database is not migrated", "aigentable migrate")
        try await place.run(["migrate"])
        try await expect(place, [:], "there are no topics yet", "aigentable topics create")
        try await place.run(["topics", "create"])
        try await expect(
          place, ["AIGENTABLE_MASTER_KEY": String(repeating: "0a", count: 32)], "key", "lost-master-key.md")
        try await expect(
          place, ["AIGENTABLE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"], "problem",
          "postgres-down.md")
        try await expect(
          place, ["AIGENTABLE_MODEL_URL": "http://127.0.0.1:1"], "AIGENTABLE_MODEL", "AIGENTABLE_MODEL_URL")
      }
    }
  }

  /// Each of them is said in words that name it.
  @Test(.timeLimit(.minutes(2)))
  func doctorSaysWhichSettingIsWrong() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url) { place in
        try await place.run(["migrate"])
        try await place.run(["topics", "create"])
        func file(_ text: String) throws -> String {
          let file = place.folder.appendingPathComponent("settings.yaml")
          try text.write(to: file, atomically: true, encoding: .utf8)
          return file.path
        }
        let key = place.folder.appendingPathComponent("model.key").path
        try "secret\n".write(toFile: key, atomically: true, encoding: .utf8)
        for (models, words) in [
          ("- {name: a, url: x}\n  - {name: a, url: y}", "a model's name stands twice"),
          ("- {name: a, url: x}\nfallback: [b]", "fallback names b, which is none of the models"),
          ("- {name: a, url: x, provider: acme}", "model a has the unknown provider acme"),
          ("- {name: a, url: x, provider: azure}", "model a has no api_version"),
          ("- {name: a, url: x, context_tokens: 1}", "model a has a number that makes no sense"),
          ("- {name: a, url: x, price: {input: -1, output: 1}}", "model a has a number that makes no sense"),
          ("- {name: a, url: x, key_file: /nowhere}", "the key file of model a cannot be read"),
          ("- {name: a}", "cannot be read"),
        ] {
          try await expect(place, ["AIGENTABLE_MODELS": file("models:\n  \(models)")], words)
        }
        let models = """
          currency: EUR
          models:
            - {name: fast, url: "http://127.0.0.1:1", key_file: \(key), price: {input: 0.15, output: 0.6}}
            - {name: azure, provider: azure, url: "http://127.0.0.1:2", api_version: 2024-10-21, tools: false}
          fallback: [azure]
          tenants: {requests_per_minute: 60, cost_per_day: 20, others: [{tenant: A, tokens_per_day: 1}]}
          """
        let good = try await place.run(["doctor"], ["AIGENTABLE_MODELS": file(models)])
        #expect(
          good.contains("model fast at http://127.0.0.1:1") && good.contains("model azure at"), "\(good)")
        let both = [
          "AIGENTABLE_MODELS": try file(models), "AIGENTABLE_MODEL_URL": "x", "AIGENTABLE_MODEL": "y",
        ]
        try await expect(place, both, "are both set; leave one out")
        for (settings, words) in [
          (["AIGENTABLE_LOG": "rabbit"], "AIGENTABLE_LOG is neither postgres nor a kafka:// url"),
          (["AIGENTABLE_VECTOR_STORE": "mongo://a"], "AIGENTABLE_VECTOR_STORE is neither postgres nor"),
          (["AIGENTABLE_VECTOR_STORE": "chroma://127.0.0.1:1/base?tenant=t"], "AIGENTABLE_VECTOR_STORE"),
          (
            ["AIGENTABLE_EMBEDDING_URL": "http://127.0.0.1:1"],
            "AIGENTABLE_EMBEDDING_MODEL does not say which"
          ),
          (
            ["AIGENTABLE_EMBEDDING_URL": "http://127.0.0.1:1", "AIGENTABLE_EMBEDDING_MODEL": "m"],
            "AIGENTABLE_EMBEDDING_DIMENSIONS must say how many numbers"
          ),
          (["AIGENTABLE_RERANK_URL": "http://127.0.0.1:1"], "AIGENTABLE_RERANK_MODEL does not say which"),
          (reranker("rerank.internal:80"), "AIGENTABLE_RERANK_URL is no address that begins with http://"),
          (
            reranker("http://127.0.0.1:1", "9"), "AIGENTABLE_RERANK_MILLISECONDS is no number of milliseconds"
          ),
          (reranker("http://127.0.0.1:1", "60001"), "milliseconds, 10 to 60000"),
          (reranker("http://127.0.0.1:1", "0.8 s"), "milliseconds, 10 to 60000"),
          (reranker("http://127.0.0.1:1"), "the re-ranking server cannot be reached"),
          (["AIGENTABLE_CONFIG": try file("- a")], "holds no mapping of settings"),
        ] { try await expect(place, settings, words) }
        try await expect(place, ["AIGENTABLE_CONFIG": file("database: x")], "'database' is not a setting")
        // The environment goes before the file.
        let settings = ["AIGENTABLE_CONFIG": try file("AIGENTABLE_DATABASE_URL: postgresql://nowhere:1/none")]
        #expect(try await place.run(["doctor"], settings).contains("all is well"))
      }
    }
  }

  private func reranker(_ url: String, _ milliseconds: String? = nil) -> [String: String] {
    var settings = ["AIGENTABLE_RERANK_URL": url, "AIGENTABLE_RERANK_MODEL": "judge"]
    settings["AIGENTABLE_RERANK_MILLISECONDS"] = milliseconds
    return settings
  }

  private func expect(_ place: Workplace, _ settings: [String: String], _ words: String...) async throws {
    let program = try place.start(["doctor"], settings)
    #expect(await program.ended() == 1, "\(program.printed)")
    for word in words { #expect(program.printed.contains(word), "\(program.printed)") }
  }
}
