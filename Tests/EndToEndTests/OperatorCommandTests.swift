import Foundation
import HTTPClient
import JSON
import Postgres
import TestKit
import TestServers
import Testing

/// What whoever runs the engine asks of it on the command line, beside a running engine.
@Suite struct OperatorCommandTests {
  private static let contact = "15550177"
  private static let question = "How long may I return a jacket?"

  @Test(.timeLimit(.minutes(4)))
  func theLogIsProvenAPersonIsExportedAndTheIndexIsMadeAnew() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let engine = try await installation.serve()
        try await installation.indexed()
        _ = try await installation.deliver(
          Webhook.text(Self.question, from: Self.contact, id: "o-1"))
        try await installation.answered(1)
        try await audit(installation, database)
        try await timeline(installation)
        try await export(installation, database)
        try await parked(installation, database)
        try await reindex(installation, database)
        try await reindexByAModel(installation, database)
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }

  /// Runs what must fail, and say why.
  private func refused(_ place: Workplace, _ arguments: [String], _ words: String) async throws {
    let program = try place.start(arguments)
    #expect(await program.ended() != 0 && program.printed.contains(words), "\(program.printed)")
  }

  private func audit(_ installation: Installation, _ database: TestDatabase) async throws {
    let place = installation.place
    try await refused(place, ["audit", "key"], "there is no key before the first checkpoint")
    let outside = place.folder.appendingPathComponent("checkpoints").path
    let made = try await place.run(["audit", "checkpoint", "--to", outside])
    #expect(made.contains("checkpoint 1 covers"), "\(made)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside).count >= 1)
    let verified = try JSONValue(
      parsing: Array(try await place.run(["audit", "verify", "--json", "--checkpoints", outside]).utf8))
    #expect(verified["differences"]?.array?.isEmpty == true && verified["checkpoints"]?.int == 1)

    let (event, conversation, contact, tenant) = try await database.pool.withConnection { connection in
      let row = try connection.execute(
        """
        select id, key, convert_from(value, 'UTF8')::jsonb #>> '{facts,contact}', tenant from log.record
        where type = 'message.received' limit 1
        """)[0]
      return (row.uuid(0).uuidString.lowercased(), row.text(1), row.text(2), row.uuid(3).uuidString)
    }
    let key = place.folder.appendingPathComponent("key.pem")
    let pem = try await place.run(["audit", "key"])
    #expect(pem.hasPrefix("-----BEGIN PUBLIC KEY-----"))
    try pem.write(to: key, atomically: true, encoding: .utf8)
    #expect(try await place.run(["audit", "prove", event]).contains("event \(event) is leaf"))
    let proof = place.folder.appendingPathComponent("proof.json")
    try await place.run(["audit", "prove", event, "--json"]).write(
      to: proof, atomically: true, encoding: .utf8)
    #expect(try check("verify-proof.py", proof.path, key.path).contains("checkpoint 1"))
    try await refused(place, ["audit", "prove", "x"], "'x' is not the id of an event")

    for (option, id) in [("--conversation", conversation), ("--contact", contact), ("--tenant", tenant)] {
      let file = place.folder.appendingPathComponent("export\(option).lz4").path
      let said = try await place.run(["audit", "export", option, id, "--to", file])
      #expect(said.contains("each with its proof in checkpoint 1"), "\(said)")
      #expect(try check("verify-export.py", file, key.path).contains("are in checkpoint 1"))
    }
    try await refused(place, ["audit", "export", "--to", "x"], "give one of --conversation")
    try await refused(place, ["audit", "export", "--tenant", "x", "--to", "x"], "'x' is not a uuid")
  }

  /// Runs a checker that has nothing of the engine.
  private func check(_ script: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["python3", "-B", TestDatabase.home.url.appendingPathComponent("ops/\(script)").path] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(script): \(output)")
    return output
  }

  private func timeline(_ installation: Installation) async throws {
    let conversation = try #require(try await installation.conversations().first)
    let place = installation.place
    let told = try await place.run(["audit", "timeline", conversation.id])
    #expect(told.contains("conversation \(conversation.id), open, of tenant"), "\(told)")
    #expect(told.contains(Self.question) && told.contains("passage 1, "), "\(told)")
    #expect(told.contains("version 1, extractive, index 1"), "\(told)")
    let all = try JSONValue(
      parsing: Array(try await place.run(["audit", "timeline", conversation.id, "--json"]).utf8))
    #expect(all["messages"]?.array?.count == 2 && (all["events"]?.array?.count ?? 0) >= 5)
    for moment in ["2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"] {
      let before = try place.start(["audit", "timeline", conversation.id, "--at", moment])
      _ = await before.ended()
      #expect(!before.printed.contains("jacket"), "\(before.printed)")
    }
    try await refused(
      place, ["audit", "timeline", conversation.id, "--at", "noon"], "--at is no time: 'noon'")
    try await refused(place, ["audit", "timeline", "x"], "'x' is not the id of a conversation")
  }

  private func export(_ installation: Installation, _ database: TestDatabase) async throws {
    let place = installation.place
    let contact = try await database.pool.withConnection {
      try $0.execute("select id from keyring.key where subject = 'contact'")[0].uuid(0).uuidString
        .lowercased()
    }
    let folder = place.folder.appendingPathComponent("person").path
    let said = try await place.run(["export", "contact", contact, "--to", folder])
    #expect(said.contains("contact.json, contact.html, 0 files"), "\(said)")
    let raw = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/raw")
    #expect(!raw.isEmpty && said.contains(", \(raw.count) webhooks and mails as they came"), "\(said)")
    let came = try raw.map { try String(contentsOfFile: "\(folder)/raw/\($0)", encoding: .utf8) }.joined()
    #expect(came.contains(Self.question) && came.contains("whatsapp_business_account"))
    let log = try JSONValue(
      parsing: Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/contact.json"))))
    let types = Set(log["events"]?.array?.compactMap { $0["type"]?.string } ?? [])
    #expect(types.isSuperset(of: ["message.received", "context.retrieved", "reply.generated"]), "\(types)")
    for name in ["contact.json", "contact.html"] {
      let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      #expect(text.contains(Self.contact) && text.contains(Self.question))
    }
    let other = UUID().uuidString.lowercased()
    try await refused(place, ["export", "contact", other, "--to", folder], "there is no contact \(other)")
    try await refused(place, ["export", "contact", "x", "--to", folder], "'x' is no id of a contact")
  }

  private func parked(_ installation: Installation, _ database: TestDatabase) async throws {
    let place = installation.place
    #expect(try await place.run(["parked"]).contains("nothing is parked"))
    let ids = (0..<2).map { _ in UUID().uuidString.lowercased() }
    try await database.pool.withConnection { connection in
      for id in ids {
        // Of a stage that nobody runs, so that what is retried stays where it is.
        try connection.execute(
          """
          insert into stage.waiting
            (stage, partition, key, "offset", id, type, tenant, time, source, value, parked_reason, parked_at)
          values
            ('rehearsal', 0, $1, 0, $1::uuid, 'message.received', $2, now(), '/test', '{}', 'poison', now())
          """, [.text(id), .uuid(UUID())])
      }
    }
    let listed = try await place.run(["parked", "list"])
    #expect(ids.allSatisfy { listed.contains("event \($0)") } && listed.contains("poison"), "\(listed)")
    try await refused(place, ["doctor"], "2 events are parked")
    #expect(try await place.run(["parked", "retry", ids[0]]).contains("will be tried again"))
    #expect(try await place.run(["parked", "waive", ids[1]]).contains("is given up"))
    try await refused(place, ["parked", "waive", ids[1]], "is not parked")
    try await refused(place, ["parked", "retry", "x"], "'x' is not the id of an event")
    #expect(try await place.run(["parked"]).contains("nothing is parked"))
  }

  private func reindex(_ installation: Installation, _ database: TestDatabase) async throws {
    let place = installation.place
    try await refused(place, ["reindex", "--back"], "there is no version to go back to")
    let tried = try await place.run(["reindex", "--chunk-tokens", "60", "--overlap", "10", "--dry-run"])
    #expect(
      tried.contains("1 questions that customers asked") && tried.contains("nothing found: 0"), "\(tried)")
    #expect(tried.contains("chunks of 60 tokens") && tried.contains("index 1 stays live"), "\(tried)")
    // As the agent searches now: no document has that tag.
    let agent = try await installation.get("/v1/agents")["items"]?[0]?["id"]?.string ?? ""
    let narrowed = try await installation.call(
      "POST", "/v1/agents/\(agent)/versions", #"{"instructions":"Answer.","tags":["none"]}"#)
    #expect(narrowed["version"]?.int == 2, "\(narrowed)")
    let filtered = try await place.run(["reindex", "--chunk-tokens", "60", "--overlap", "10", "--dry-run"])
    #expect(filtered.contains("nothing found: 1 before, 1 after"), "\(filtered)")
    _ = try await installation.call("POST", "/v1/agents/\(agent)/rollback", #"{"version":1}"#)
    // What was stopped is not made again.
    let stopped = try await installation.upload(
      "Stopped", String(repeating: "All this is long. ", count: 200_000))
    let cancelled = try await place.client.send(
      HTTPRequest(
        method: "POST", url: "\(place.engine)/v1/documents/\(stopped)/cancel",
        headers: [("Authorization", "Bearer \(installation.demo["AIGENTABLE_API_KEY"] ?? "")")], body: []))
    #expect(cancelled.status == 204)
    try await installation.reached("failed", stopped)
    let switched = try await place.run(["reindex", "--chunk-tokens", "60", "--overlap", "10"])
    let made = try await documents(database, index: 2)
    #expect(try await made == documents(database, index: 1) && !made.contains(stopped))
    #expect(
      switched.contains("index 2 is live; aigentable reindex --back goes back to index 1"), "\(switched)")
    let after = try await installation.ask(Self.question, from: Self.contact, number: 2)
    #expect(try await after.isFrom(index: 2, in: database), "\(after)")
    #expect(try await place.run(["reindex", "--back"]).contains("index 1 is live"))
    let back = try await installation.ask(Self.question, from: Self.contact, number: 3)
    #expect(try await back.isFrom(index: 1, in: database), "\(back)")
    let live = try await database.pool.withConnection {
      try $0.execute("select version from knowledge.live")[0].int4(0)
    }
    #expect(live == 1)
  }

  /// Another model, while documents come in; then back to the version before.
  private func reindexByAModel(_ installation: Installation, _ database: TestDatabase) async throws {
    let place = installation.place
    let (asked, release) = (Signal(), Signal())
    let server = try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        asked.send()
        release.block()
        let texts = (try? JSONValue(parsing: request.body))?["input"]?.array ?? []
        let data = texts.indices.map { #"{"index":\#($0),"embedding":[1,2,2,0]}"# }.joined(separator: ",")
        connection.respond("200 OK", #"{"data":[\#(data)]}"#)
      }
    }
    let settings = [
      "AIGENTABLE_EMBEDDING_URL": server.url, "AIGENTABLE_EMBEDDING_MODEL": "four",
      "AIGENTABLE_EMBEDDING_DIMENSIONS": "4",
    ]
    let before = try await documents(database, index: 1)
    let building = try place.start(["reindex"], settings)
    await asked.wait()
    // The build stands still within a document: these come in meanwhile, and into the version that is live.
    var handedIn: [String] = []
    for number in 1...3 { handedIn.append(try await installation.upload("Handed in \(number)")) }
    for id in handedIn { try await installation.indexed(id) }
    release.send()
    // Others until it has switched.
    while !building.hasEnded, handedIn.count < 60 {
      handedIn.append(try await installation.upload("Late \(handedIn.count)"))
    }
    #expect(
      await building.ended() == 0 && building.printed.contains("index 3 is live"), "\(building.printed)")
    for id in handedIn { try await installation.indexed(id) }
    let all = before.union(handedIn)
    #expect(try await documents(database, index: 3) == all)
    let embedded = try await database.pool.withConnection {
      try $0.execute(
        "select count(distinct c.document) from index_3.embedding join index_3.chunk as c on c.id = chunk")[0]
        .int8(0)
    }
    // What the engine, which has no model, indexed after the switch has none.
    #expect(Int(embedded) >= before.count + 3)
    // Where the model is not set any more, the comparison says that it is not one of vectors.
    let told = try await place.run(["reindex", "--dry-run"])
    #expect(told.contains("index 3 has vectors of four, which is not the model that is set"), "\(told)")
    #expect(try await place.run(["reindex", "--back"], settings).contains("index 1 is live"))
    #expect(try await documents(database, index: 1) == all)
    server.stop()
  }

  private func documents(_ database: TestDatabase, index: Int) async throws -> Set<String> {
    try await database.pool.withConnection {
      Set(try $0.execute("select id::text from index_\(index).document").map { $0.text(0) })
    }
  }
}
