import Foundation
import HTTPClient
import JSON
import LZ4
import Postgres
import TestKit
import Testing

/// What the log is for, by the commands themselves and beside a running engine.
@Suite struct ReplayCommandTests {
  @Test(.timeLimit(.minutes(3)))
  func aNewMetricIsFilledInboundIsReadAgainAndAnAgentIsRehearsed() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      let archive = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(UUID())")
      defer { try? FileManager.default.removeItem(at: archive) }
      try await Installation.with(database: database.url, ["AIGENTABLE_ARCHIVE": archive.path]) {
        installation in
        let engine = try await installation.serve()
        try await installation.indexed()
        _ = try await installation.deliver(
          Webhook.text("How long may I return a jacket?", from: "15550142", id: "a"))
        _ = try await installation.deliver(unsupported(from: "15550142", id: "b"))
        try await installation.answered(1)
        let agent = try await database.pool.withConnection {
          try $0.execute("select distinct key from log.record where type = 'agent.published'")[0].text(0)
        }
        // From here on everything is read from the archive, but for what comes meanwhile.
        try await installation.place.run(["audit", "checkpoint"])
        let moved = try await installation.place.run(["archive", "--days", "0"])
        #expect(!moved.hasPrefix("0 events"), "\(moved)")
        try await aNewFolderIsFilledComparedAndSwitched(installation, database)
        try await inboundIsReadAgain(installation)
        try await anAgentIsRehearsed(installation, agent)
        try await whatIsArchivedIsProvenAndExported(installation, database)
        try await aConversationIsShownAsItWas(installation)
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }

  /// A message of a type that the Cloud API cannot give, as it says so.
  private func unsupported(from contact: String, id: String) -> [UInt8] {
    let text = String(decoding: Webhook.text("", from: contact, id: id), as: UTF8.self)
    return Array(
      text.replacing(
        #""type":"text","text":{"body":""}"#,
        with: #""type":"unsupported","errors":[{"code":131051,"title":"Message type unknown"}]"#
      ).utf8)
  }

  private func aNewFolderIsFilledComparedAndSwitched(
    _ installation: Installation, _ database: TestDatabase
  ) async throws {
    let home = installation.place.folder.appendingPathComponent("home")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    for folder in ["schemas", "projections"] {
      try FileManager.default.copyItem(
        at: TestDatabase.home.folder(folder), to: home.appendingPathComponent(folder))
    }
    let settings = ["AIGENTABLE_HOME": home.path]
    try write(version: 1, counting: "1", to: home)
    let filled = try await installation.place.run(["rebuild", "greetings"], settings)
    #expect(filled.contains("greetings is live as greetings_1_1: 2 events"), "\(filled)")
    // How far it has come is told on the way, with its rate.
    #expect(filled.contains(#/\d+ of \d+, \d+\/s/#), "\(filled)")
    #expect(try await sum(database) == 2)

    // The metric is mended: what it changes is shown by day and tenant, and thrown away or made live.
    try write(version: 2, counting: "(facts ->> 'kind' = 'text')::int", to: home)
    for isKept in [false, true] {
      let compared = try await installation.place.run(["rebuild", "greetings", "--compare"], settings)
      #expect(compared.contains("count  2 -> 1"), "\(compared)")
      #expect(try await sum(database) == 2)
      let ended = try await installation.place.run(
        ["rebuild", "greetings", isKept ? "--switch" : "--drop"], settings)
      #expect(ended.contains(isKept ? "greetings is live as greetings_2" : "dropped greetings_2"), "\(ended)")
      #expect(try await sum(database) == (isKept ? 1 : 2))
    }
  }

  private func write(version: Int, counting counted: String, to home: URL) throws {
    let folder = home.appendingPathComponent("projections/greetings")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in [
      (
        "projection.yaml",
        """
        name: greetings
        version: \(version)
        topics: [conversations]
        types: [message.received]
        private: false
        bounds: [tenant, day]
        tables: [greeting]
        """
      ),
      (
        "schema.sql",
        """
        create table greeting (
          tenant uuid not null, day date not null, count bigint not null, primary key (tenant, day));
        """
      ),
      (
        "apply.sql",
        """
        insert into greeting as g (tenant, day, count)
        select tenant, time::date, sum(\(counted)) from batch group by 1, 2
        on conflict (tenant, day) do update set count = g.count + excluded.count;
        """
      ),
    ] {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
  }

  private func sum(_ database: TestDatabase) async throws -> Int64 {
    try await database.pool.withConnection { connection in
      let schema = try connection.execute(
        "select schema from projection.version where name = 'greetings' and state = 'live'")[0].text(0)
      return try connection.execute("select sum(count)::bigint from \(schema).greeting")[0].int8(0)
    }
  }

  /// The last of it erases the person.
  private func aConversationIsShownAsItWas(_ installation: Installation) async throws {
    let place = installation.place
    let conversation = try #require(try await installation.conversations().first)
    let now = try await place.run(["audit", "timeline", conversation.id])
    for part in [
      "conversation \(conversation.id), open", "How long may I return a jacket?", "And trousers?",
      "version 1, extractive", ", cited: Returns and refunds: ",
    ] { #expect(now.contains(part), "\(part): \(now)") }

    // Between the first message and the last there was the first one alone.
    let first = try timeline(try await place.run(["audit", "timeline", conversation.id, "--json"]))
    let times = first["messages"]?.array?.compactMap { $0["at"]?.string } ?? []
    #expect(times.count == conversation.messages.count)
    let beginning = try await place.run(
      ["audit", "timeline", conversation.id, "--at", try #require(times.first)])
    #expect(
      beginning.contains("How long may I return a jacket?") && !beginning.contains("trousers")
        && !beginning.contains("version 1"), "\(beginning)")

    let unknown = UUID().uuidString.lowercased()
    for (arguments, reason) in [
      ([unknown], "there is nothing of conversation \(unknown)"),
      ([conversation.id, "--at", "2020-01-01"], "there is nothing of conversation \(conversation.id) yet"),
      (["7"], "'7' is not the id of a conversation"),
      ([conversation.id, "--at", "noon"], "--at is no time: 'noon'"),
    ] {
      let refused = try place.start(["audit", "timeline"] + arguments)
      #expect(await refused.ended() != 0)
      #expect(refused.printed.contains(reason), "\(refused.printed)")
    }

    let contact = try #require(
      try await installation.get("/v1/conversations")["items"]?[0]?["contact"]?["id"]?.string)
    #expect(try await installation.request("DELETE", "/v1/contacts/\(contact)").status == 202)
    let erased = try await place.run(["audit", "timeline", conversation.id])
    #expect(!erased.contains("jacket") && !erased.contains("trousers"), "\(erased)")
    #expect(
      erased.contains("(erased: its key is gone)") && erased.contains("version 1, extractive"), "\(erased)")
    // So it is in a file for others: its proofs hold, and nobody reads it.
    let file = place.folder.appendingPathComponent("erased.lz4").path
    let exported = try await place.run(["audit", "export", "--conversation", conversation.id, "--to", file])
    #expect(exported.contains("each with its proof in checkpoint 1"), "\(exported)")
    let content = String(
      decoding: try LZ4Decoder.content(
        of: Array(try Data(contentsOf: URL(fileURLWithPath: file))), atMost: 1 << 26), as: UTF8.self)
    #expect(content.contains("message.received") && !content.contains("jacket"))
    let after = try timeline(try await place.run(["audit", "timeline", conversation.id, "--json"]))
    let messages = after["messages"]?.array ?? []
    #expect(messages.count == times.count && messages.allSatisfy { $0["erased"]?.bool == true })
    try whatTheyWroteIsGoneAndAllElseStands(first, after)
  }

  /// Of the events that a timeline showed, each is in its place; behind them stands only what became of sends meanwhile.
  private func whatTheyWroteIsGoneAndAllElseStands(_ first: JSONValue, _ after: JSONValue) throws {
    let before = try #require(first["events"]?.array)
    let now = try #require(after["events"]?.array)
    func name(_ event: JSONValue) -> [String?] {
      [event["event"]?.string, event["type"]?.string, event["position"]?.string, event["at"]?.string]
    }
    #expect(before.count > 2 && now.prefix(before.count).map(name) == before.map(name))
    func isThere(_ value: JSONValue?) -> Bool { value.map { !$0.isNull } ?? false }
    for (old, new) in zip(before, now) {
      #expect(old["erased"]?.bool == false && !isThere(new["private"]), "\(name(new))")
      #expect(new["erased"]?.bool == isThere(old["private"]), "\(name(new))")
    }
    let later = Set(now.dropFirst(before.count).compactMap { $0["type"]?.string })
    #expect(later.isSubset(of: ["delivery.succeeded", "message.status"]), "\(later)")
  }

  private func timeline(_ printed: String) throws -> JSONValue {
    let line = try #require(printed.split(separator: "\n").last { $0.hasPrefix("{") })
    return try JSONValue(parsing: Array(line.utf8))
  }

  private func inboundIsReadAgain(_ installation: Installation) async throws {
    let before = try await installation.conversations()
    let yesterday = String(Date(timeIntervalSinceNow: -86_400).ISO8601Format().prefix(10))
    let unparsed = try await installation.place.run(["replay", "inbound", "--from", yesterday, "--unparsed"])
    #expect(
      unparsed.contains("1 events are processed again, 0 of them were parked; 1 known messages"),
      "\(unparsed)")
    let all = try await installation.place.run(["replay", "inbound", "--from", yesterday])
    #expect(all.contains("events are processed again, 0 of them were parked; 2 known messages"), "\(all)")
    // Behind both in the same partition: when it is answered, they were processed.
    _ = try await installation.deliver(Webhook.text("And trousers?", from: "15550142", id: "c"))
    try await installation.answered(2)
    let after = try await installation.conversations()
    #expect(after.count == 1 && after.first?.messages.count == (before.first?.messages.count ?? 0) + 2)
  }

  private func whatIsArchivedIsProvenAndExported(
    _ installation: Installation, _ database: TestDatabase
  ) async throws {
    let place = installation.place
    let id = try #require(try await installation.conversations().first?.id)
    let events = try timeline(try await place.run(["audit", "timeline", id, "--json"]))["events"]?.array
    let first = try #require(events?.first?["event"]?.string)
    let isHere = try await database.pool.withConnection {
      try !$0.execute("select from log.record where id::text = $1", [.text(first)]).isEmpty
    }
    #expect(!isHere, "the event lies in the archive")
    #expect(try await place.run(["audit", "prove", first]).contains("event \(first) is leaf"))
    let file = place.folder.appendingPathComponent("archived.lz4").path
    let said = try await place.run(["audit", "export", "--conversation", id, "--to", file])
    #expect(said.contains("each with its proof in checkpoint 1"), "\(said)")
    let content = try LZ4Decoder.content(
      of: Array(try Data(contentsOf: URL(fileURLWithPath: file))), atMost: 1 << 26)
    #expect(String(decoding: content, as: UTF8.self).contains(first))
    try await aContactIsExportedWithWhatCame(id, installation, database)
  }

  /// What came of the contact lies in the archive, too, and everything that is read of it is the contact's.
  private func aContactIsExportedWithWhatCame(
    _ conversation: String, _ installation: Installation, _ database: TestDatabase
  ) async throws {
    let contact = try await database.pool.withConnection {
      try $0.execute(
        "select contact::text from stage.participant where conversation::text = $1", [.text(conversation)])[0]
        .text(0)
    }
    let file = installation.place.folder.appendingPathComponent("contact.lz4").path
    let said = try await installation.place.run(["audit", "export", "--contact", contact, "--to", file])
    let content = try LZ4Decoder.content(
      of: Array(try Data(contentsOf: URL(fileURLWithPath: file))), atMost: 1 << 26)
    let lines = try String(decoding: content, as: UTF8.self).split(separator: "\n").map {
      try JSONValue(parsing: Array($0.utf8))
    }
    let topics = Set(lines.compactMap { $0["topic"]?.string })
    #expect(topics == ["inbound", "conversations"], "\(said)")
    #expect(
      lines.filter { $0["topic"]?.string == "inbound" }.allSatisfy {
        $0["record"]?["headers"]?["ce_type"]?.string == "webhook.received"
      })
    #expect(
      lines[0]["withheld"]?.array?.isEmpty ?? true || said.contains("the manifest says which"), "\(said)")
  }

  private func anAgentIsRehearsed(_ installation: Installation, _ agent: String) async throws {
    let sent = try await installation.sent().count
    let folder = installation.place.folder.appendingPathComponent("what-if").path
    let printed = try await installation.place.run([
      "replay", "what-if", "--agent", agent, "--from", "2026-01-01", "--sample", "10", "--report", folder,
    ])
    #expect(printed.contains("2 answers compared") && printed.contains("2 say the same"), "\(printed)")
    let html = try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8)
    #expect(html.contains("How long may I return a jacket?") && html.contains("quoted from documents"))
    let csv = try String(contentsOfFile: "\(folder)/report.csv", encoding: .utf8)
    #expect(csv.contains("And trousers?"))
    try await everyOptionOfARehearsalCounts(installation, agent)
    #expect(try await installation.sent().count == sent)
  }

  /// Another model and today's index, scored by a judge, over answers until a time.
  private func everyOptionOfARehearsalCounts(_ installation: Installation, _ agent: String) async throws {
    let models = try ChatServer()
    let place = installation.place
    let file = place.folder.appendingPathComponent("models.yaml")
    try Data(
      """
      models:
        - name: small
          url: \(models.url)/v1
          price: { input: 1, output: 4 }
        - name: judge
          url: \(models.url)/v1
      """.utf8
    ).write(to: file)
    let settings = ["AIGENTABLE_MODELS": file.path]
    let now = Date(timeIntervalSinceNow: 60).ISO8601Format()
    func rehearse(_ options: [String]) throws -> Program {
      try place.start(
        [
          "replay", "what-if", "--agent", agent, "--from", "2026-01-01", "--report",
          place.folder.appendingPathComponent("options").path,
        ] + options, settings)
    }
    let all = try rehearse([
      "--version", "1", "--model", "small", "--index", "current", "--judge", "judge", "--to", now,
    ])
    #expect(await all.ended() == 0, "\(all.printed)")
    // How far it has come is told on the way.
    #expect(all.printed.contains("1 of 2") && all.printed.contains("2 of 2"), "\(all.printed)")
    #expect(all.printed.contains("2 answers compared"), "\(all.printed)")
    #expect(all.printed.contains("judge: ") && all.printed.contains("2 better, 0 worse"), "\(all.printed)")
    let html = try String(
      contentsOfFile: place.folder.appendingPathComponent("options/report.html").path, encoding: .utf8)
    #expect(html.contains("version 1, model small, today’s index"))
    #expect(html.contains("Said by small") && html.contains("Judge’s score"))
    // Passages of today's index were shown to the model.
    #expect(models.asked("small").contains { $0.contains("30 days") }, "\(models.asked("small"))")
    #expect(models.asked("judge").count == 2)

    for (options, reason) in [
      (["--version", "99"], "the agent has no version 99"),
      (["--model", "none"], "no model is configured as none"),
      (["--judge", "none"], "no model is configured as none"),
      (["--index", "99"], "there is no version 99 of the index"),
      (["--to", "2026-01-02"], "the agent gave no answer in that time"),
      (["--version", "draft"], "the agent has no draft"),
    ] {
      let refused = try rehearse(options)
      #expect(await refused.ended() != 0, "\(options)")
      #expect(refused.printed.contains(reason), "\(options): \(refused.printed)")
    }
  }
}
