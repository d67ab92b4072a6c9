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
          (["AIGENTABLE_CONFIG": try place.file("- a")], "holds no mapping of settings"),
        ] { try await expect(place, settings, words) }
        try await expect(
          place, ["AIGENTABLE_CONFIG": place.file("database: x")], "'database' is not a setting")
        // The environment goes before the file.
        let settings = [
          "AIGENTABLE_CONFIG": try place.file("AIGENTABLE_DATABASE_URL: postgresql://nowhere:1/none")
        ]
        #expect(try await place.run(["doctor"], settings).contains("all is well"))
      }
    }
  }

  /// A bound that was misspelt bounds nothing, so nothing in the file is passed over.
  @Test(.timeLimit(.minutes(4)))
  func doctorSaysWhatIsWrongInTheFileOfModels() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url) { place in
        try await place.run(["migrate"])
        try await place.run(["topics", "create"])
        for (models, words) in [
          ("- {name: a, url: x}\n  - {name: a, url: y}", "a model's name stands twice"),
          ("- {name: a, url: x}\nfallback: [b]", "fallback names b, which is none of the models"),
          ("- {name: a, url: x, provider: acme}", "model a has the unknown provider acme"),
          ("- {name: a, url: x, provider: azure}", "model a has no api_version"),
          ("- {name: a, url: x, key_file: /nowhere}", "the key file of model a cannot be read"),
          ("- {name: a}", "model a, url: is missing"), ("- {url: x}", "models[0].name: is missing"),
          (
            "- {name: a, url: x}\n  - {name: b, url: x, cost_per_dya: 1}",
            "model b, cost_per_dya: there is no such key; there are api_version, context_tokens, cost_per_day, "
          ),
          ("- {name: a, url: x, price: {input: 1, ouput: 1}}", "model a, price.ouput: there is no such key"),
          (
            "- {name: a, url: x}\nbudget: 1",
            "budget: there is no such key; there are currency, fallback, models"
          ),
          (
            "- {name: a, url: x}\ntenants: {token_per_day: 1}",
            "tenants.token_per_day: there is no such key; there are cost_per_day, others, requests_per_minute, tokens"
          ),
          (
            "- {name: a, url: x}\ntenants: {others: [{tenant: \(tenant), cost: 1}]}",
            "tenants.others[0].cost: there is no such key; there are cost_per_day, requests_per_minute, tenant, tokens"
          ),
          (
            "- {name: a, url: x}\ntenants: {others: [{tenant: shop}]}",
            "tenants.others[0].tenant: shop is no id"
          ),
          (
            "- {name: a, url: x}\ntenants: {others: [{tenant: \(tenant)}, {tenant: \(tenant.uppercased())}]}",
            "tenants.others: a tenant stands twice"
          ),
          ("- {name: a, url: x, context_tokens: 1}", "model a, context_tokens: 1 is not within 512 and"),
          ("- {name: a, url: x, timeout_seconds: 0}", "model a, timeout_seconds: 0.0 is not within"),
          (
            "- {name: a, url: x, price: {input: -1, output: 1}}",
            "model a, price.input: -1.0 is not within 0.0"
          ),
          ("- {name: a, url: x, price: {input: 1}}", "model a, price.output: is missing"),
          ("- {name: a, url: x, price: {input: free, output: 1}}", "model a, price.input: is no number"),
          ("- {name: a, url: x, price: {input: .nan, output: 1}}", "model a, price.input: nan is not within"),
          (
            "- {name: a, url: x, requests_per_minute: -1}", "model a, requests_per_minute: -1 is not within 0"
          ),
          ("- {name: a, url: x, tokens_per_day: many}", "model a, tokens_per_day: is no whole number"),
          ("- {name: a, url: x}\ntenants: {cost_per_day: -0.5}", "tenants.cost_per_day: -0.5 is not within"),
          (
            "- {name: a, url: x}\ntenants: {cost_per_day: 1e300}",
            "tenants.cost_per_day: 1e+300 is not within"
          ),
          ("- {name: a, url: x, tools: perhaps}", "model a, tools: is neither true nor false"),
          ("- a", "models[0]: does not have the form"), ("- [", "error: parser"),
        ] {
          try await expect(place, ["AIGENTABLE_MODELS": place.file("models:\n  \(models)")], words)
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func doctorNamesTheModelsOfAGoodFile() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url) { place in
        try await place.run(["migrate"])
        try await place.run(["topics", "create"])
        let key = place.folder.appendingPathComponent("model.key").path
        try "secret\n".write(toFile: key, atomically: true, encoding: .utf8)
        let models = """
          currency: EUR
          x-common: &common {timeout_seconds: 0.5, x-owner: sales}
          models:
            - &fast {<<: *common, name: fast, url: "http://127.0.0.1:1", key_file: \(key), price: {input: 0.15, output: 0.6},
               context_tokens: 128000, requests_per_minute: 500, tokens_per_day: 0}
            - {<<: *fast, name: faster, model: m, price: ~}
            - {name: azure, provider: azure, url: "http://127.0.0.1:2", api_version: 2024-10-21, tools: false}
          fallback: [azure]
          tenants: {requests_per_minute: 60, cost_per_day: 20, others: [{tenant: \(tenant), tokens_per_day: 1}]}
          """
        let good = try await place.run(["doctor"], ["AIGENTABLE_MODELS": place.file(models)])
        for model in ["fast at http://127.0.0.1:1", "faster at http://127.0.0.1:1", "azure at"] {
          #expect(good.contains("model \(model)"), "\(good)")
        }
        let both = [
          "AIGENTABLE_MODELS": try place.file(models), "AIGENTABLE_MODEL_URL": "x", "AIGENTABLE_MODEL": "y",
        ]
        try await expect(place, both, "are both set; leave one out")
      }
    }
  }

  private let tenant = "0198c0de-0000-7000-8000-000000000001"

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

extension Workplace {
  /// A file with a text, to name in a setting; the next one takes its place.
  fileprivate func file(_ text: String) throws -> String {
    let file = folder.appendingPathComponent("settings.yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }
}
