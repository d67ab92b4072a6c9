import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

@Suite(.serialized) struct KafkaTests {
  @Test(.timeLimit(.minutes(3)))
  func theSameBinaryDoesItsMainJobOnKafka() async throws {
    try await withKafka { _, installation in
      let engine = try await installation.serve()
      try await installation.doMainJob()
      #expect(await engine.stop() == 0, "\(engine.printed.suffix(2_000))")
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func theEngineRecoversByItselfFromTheLossOfAllBrokersUnderLoad() async throws {
    try await withKafka { cluster, installation in
      let engine = try await installation.serve()
      let load = Load(on: installation, contacts: 10, messages: 10)
      try await withThrowingTaskGroup { group in
        group.addTask { try await load.run(pause: .milliseconds(200)) }
        try await eventually("replies are sent") { try await installation.sent().count > 10 ? true : nil }
        cluster.takeDown()
        try await load.untilAllAreRefused()
        cluster.bringUp()
        load.finish()
        try await group.waitForAll()
      }
      // Postgres was there all the time, so every outcome could be recorded.
      try await load.expectEverythingAnswered(uncertain: 0)
      #expect(!engine.hasEnded, "\(engine.printed.suffix(2_000))")
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func theEngineRefusesToStartWhenTopicsAreMissing() async throws {
    let cluster = try KafkaCluster()
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url, ["AIGENTABLE_LOG": cluster.url]) { place in
        try await place.run(["migrate"])
        try await place.run(["topics", "create"], ["AIGENTABLE_LOG": "postgres"])
        let engine = try place.start(["serve", "--port", "\(place.port)"])
        #expect(await engine.ended() != 0)
        #expect(engine.printed.contains("the cluster has no topic inbound, "), "\(engine.printed)")
        #expect(engine.printed.contains("aigentable topics create"))
      }
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func whoIsErasedIsGoneAlsoWhereTheLogIsKafka() async throws {
    let (text, address) = ("canarytext4711004711", "4947110047110")
    try await withKafka { _, installation in
      var engine = try await installation.serve()
      try await installation.deliver(Webhook.text("Kept words", from: "15550199", id: "kept"))
      try await installation.deliver(Webhook.text(text, from: address, id: "gone"))
      let contact = try await installation.contact(named: "Contact \(address)")
      try await eventually("both are answered") {
        try await installation.conversations().allSatisfy { $0.messages.count == 2 } ? true : nil
      }
      let conversation = try await installation.conversation(with: contact)
      let paths = try await installation.readablePaths(contact: contact)
      func tells(_ word: String) async throws -> Bool {
        for path in paths {
          let answer = try await installation.request("GET", path)
          if String(decoding: answer.body, as: UTF8.self).contains(word) { return true }
        }
        return false
      }
      #expect(try await tells(text))
      try await installation.place.run(["audit", "checkpoint"])
      #expect(try await installation.request("DELETE", "/v1/contacts/\(contact)").status == 202)
      try await eventually("the erasure is finished", within: .seconds(90)) {
        let answer = try await installation.request("DELETE", "/v1/contacts/\(contact)")
        return try JSONValue(parsing: answer.body)["finished_at"]?.string
      }
      for word in [text, address] { #expect(try await !tells(word), "\(word)") }
      let shown = try await installation.place.run(["audit", "timeline", conversation])
      #expect(shown.contains("(erased: its key is gone)") && !shown.contains(text), "\(shown)")
      let verified = try await installation.place.run(["audit", "verify"])
      #expect(verified.contains("nothing differs"), "\(verified)")
      // It stays so: the log is read for erasures at each start.
      #expect(await engine.stop() == 0)
      engine = try await installation.serve()
      #expect(try await installation.request("GET", "/v1/contacts/\(contact)").status == 410)
      #expect(try await installation.contact(named: "Contact 15550199") != contact)
      #expect(await engine.stop() == 0, "\(engine.printed.suffix(2_000))")
    }
  }

  private func withKafka(_ body: (KafkaCluster, Installation) async throws -> Void) async throws {
    let cluster = try KafkaCluster()
    try cluster.createTopics()
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Installation.with(database: database.url, ["AIGENTABLE_LOG": cluster.url]) {
        try await body(cluster, $0)
      }
    }
  }
}
