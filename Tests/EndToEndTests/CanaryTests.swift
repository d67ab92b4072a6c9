import Foundation
import HTTPClient
import JSON
import Postgres
import TestKit
import Testing

/// Looks for an erased person everywhere that anything is kept.
@Suite struct CanaryTests {
  @Test(.timeLimit(.minutes(4)))
  func anErasedPersonIsFoundNowhere() async throws {
    try await PostgresServer.with { server in
      try await Installation.with(database: server.url) { installation in
        var engine = try await installation.serve()
        let canary = Canary()
        try await canary.write(to: installation)
        let kept = try await installation.contact(named: Canary.keptName)
        let contact = try await installation.contact(named: canary.name)
        let paths = try await installation.readablePaths(contact: contact)
        let calls = try await installation.calls(contact: contact)
        #expect(
          calls.count > 60 && calls.contains(where: \.isStream) && calls.contains { $0.method == "PATCH" })
        try await everythingIsHandedOut(canary, contact, installation)
        // The search finds what there is to be found.
        #expect(try await canary.words(in: paths, of: installation) == Set(canary.words))
        #expect(try await canary.words(inDumpOf: server) == Set(canary.words))
        try PostgresConnection(url: server.url).executeScript("checkpoint")
        #expect(try await server.files(holding: canary.words).contains { $0.hasPrefix("base/") })
        let key = try await wrappedKey(of: contact, server)
        try await installation.place.run(["audit", "checkpoint"])
        let counted = try await counts(installation)

        let answer = try await installation.request("DELETE", "/v1/contacts/\(contact)")
        #expect(answer.status == 202)
        #expect(try await installation.request("GET", "/v1/contacts/\(contact)").status == 410)
        let clock = ContinuousClock()
        let erased = clock.now
        try await eventually("the erasure is finished", within: .seconds(60)) {
          let answer = try await installation.request("DELETE", "/v1/contacts/\(contact)")
          return try JSONValue(parsing: answer.body)["finished_at"]?.string
        }
        print("the person was gone everywhere after \(clock.now - erased)")
        #expect(try await canary.words(in: paths, of: installation).isEmpty)
        #expect(try await canary.words(inDumpOf: server).isEmpty)
        #expect(try await counts(installation) == counted)
        let verified = try await installation.place.run(["audit", "verify"])
        #expect(verified.contains("nothing differs"), "\(verified)")
        #expect(await engine.stop() == 0)
        #expect(!canary.words.contains { engine.printed.contains($0) })

        try await closeAndRemoveOldWAL(server)
        try await server.stop(mode: "fast")
        #expect(try await server.files(holding: canary.words) == [])
        #expect(try await server.files(holding: key) == [])
        try await server.start()

        engine = try await installation.serve()
        // Someone else is as before, and who writes again is someone new.
        #expect(try await installation.contact(named: Canary.keptName) == kept)
        try await installation.deliver(Webhook.text("Here again", from: canary.address, id: "again"))
        #expect(try await installation.contact(named: "Contact \(canary.address)") != contact)
        let rebuilt = try await installation.place.run(["rebuild", "conversations"])
        // Also what changes something, and what never ends; agents, connections and parked events do not outlive it. The
        // address is that of someone new by now.
        let told = try await canary.words(inAnswersTo: calls, of: installation)
        #expect(told.isSubset(of: [canary.address]), "\(told)")
        #expect(!canary.words.contains { engine.printed.contains($0) })
        let tables = rebuilt.split(separator: "\n").filter { $0.hasPrefix("table ") }
        #expect(tables.count > 1 && tables.allSatisfy { $0.contains(" built, 0 differ") }, "\(rebuilt)")
        #expect(await engine.stop() == 0)
      }
    }
  }

  /// Who asks gets all of it: as JSON, for people, the file, and the webhooks as they came.
  private func everythingIsHandedOut(
    _ canary: Canary, _ contact: String, _ installation: Installation
  ) async throws {
    let folder = installation.place.folder.appendingPathComponent("person")
    let said = try await installation.place.run(["export", "contact", contact, "--to", folder.path])
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }
    func names(_ part: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(part).path)
    }
    for name in ["contact.json", "contact.html"] {
      let told = try text(name)
      for word in [canary.text, canary.name, canary.address, canary.label] {
        #expect(told.contains(word), "\(word) in \(name)")
      }
      #expect(!told.contains("Kept words"))
    }
    let files = try names("files").map { try text("files/\($0)") }
    #expect(files == [canary.file], "\(said)")
    // Three webhooks; that of someone else is not among them, nor that of which not everything could be read.
    let raw = try names("raw").map { try text("raw/\($0)") }
    #expect(raw.count >= 3 && raw.allSatisfy { !$0.contains("Kept words") }, "\(said)")
    #expect(raw.count { $0.contains(canary.text) } == 3)
    #expect(said.contains("may have told, of others"), "\(said)")
    try FileManager.default.removeItem(at: folder)
  }

  /// What the server does by itself within 35 minutes.
  private func closeAndRemoveOldWAL(_ server: PostgresServer) async throws {
    let connection = try PostgresConnection(url: server.url)
    for _ in 0..<2 { try connection.executeScript("select pg_switch_wal(); checkpoint") }
  }

  private func wrappedKey(of contact: String, _ server: PostgresServer) async throws -> [UInt8] {
    let connection = try PostgresConnection(url: server.url)
    let rows = try connection.execute("select wrapped from keyring.key where id::text = $1", [.text(contact)])
    return try #require(rows.first).bytes(0)
  }

  private func counts(_ installation: Installation) async throws -> [String] {
    let days = [-86_400, 86_400].map { Date(timeIntervalSinceNow: $0).ISO8601Format().prefix(10) }
    return try await ["usage", "analytics/overview", "analytics/daily"].asyncMap {
      String(
        decoding: try await installation.get("/v1/\($0)?from=\(days[0])&to=\(days[1])").serialized(),
        as: UTF8.self)
    }
  }
}

extension Sequence {
  fileprivate func asyncMap<R>(_ transform: (Element) async throws -> R) async throws -> [R] {
    var results: [R] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
