import Foundation
import HTTPClient
import JSON
import LZ4
import ObjectStore
import Postgres
import TestKit
import TestServers
import Testing

/// A machine that is gone, and what its archive, in a bucket, and a backup of its keyring make of an empty database.
@Suite struct RestoreTests {
  @Test(.timeLimit(.minutes(4)))
  func anArchiveAndABackupOfTheKeyringRebuildEverything() async throws {
    let s3 = try S3Server()
    defer { withExtendedLifetime(s3) {} }
    let settings = [
      "AIGENTABLE_ARCHIVE": "s3://archive/shop", "AIGENTABLE_S3_URL": s3.endpoint,
      "AIGENTABLE_S3_ACCESS_KEY": s3.accessKey, "AIGENTABLE_S3_SECRET_KEY": s3.secretKey,
    ]
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url, settings) { installation in
        let engine = try await installation.serve()
        let canary = Canary()
        try await canary.write(to: installation)
        let kept = try await installation.contact(named: Canary.keptName)
        let contact = try await installation.contact(named: canary.name)
        try await installation.place.run(["audit", "checkpoint"])
        // What is old goes into segments; what comes then is in the snapshot alone.
        let moved = try await installation.place.run(["archive", "--days", "0"])
        #expect(!moved.hasPrefix("0 events"), "\(moved)")
        try await installation.deliver(Webhook.text("After the archive", from: "15550199", id: "later"))
        try await eventually("it is answered") {
          // Of which nothing more is heard.
          try await installation.talk(with: kept).count { $0.status == "read" } == 2 ? true : nil
        }
        #expect(try await installation.place.run(["archive", "--days", "1"]).contains("0 events moved"))
        let keyring = installation.place.folder.appendingPathComponent("keyring").path
        try await installation.place.run(["keys", "backup", keyring])

        // Known to neither backup.
        #expect(try await installation.request("DELETE", "/v1/contacts/\(contact)").status == 202)
        let paths = try await installation.readablePaths(contact: contact)
        try await eventually("nothing of the person is read any more", within: .seconds(60)) {
          try await canary.words(in: paths, of: installation).isEmpty ? true : nil
        }
        #expect(await engine.stop() == 0, "\(engine.printed.suffix(2_000))")
        let found = try await words(canary.words + [canary.file], in: archive(s3, installation.place.client))
        #expect(found.isEmpty, "\(found)")
        let before = try readModels(database)

        try await TestDatabase.with(connections: 2, migrated: false) { other in
          let place = installation.place
          let more = settings.merging([
            "AIGENTABLE_MASTER_KEY_FILE": place.settings["AIGENTABLE_MASTER_KEY_FILE"] ?? "",
            // Of the journal, too, there is nothing but what the archive has.
            "AIGENTABLE_ERASURES": place.folder.appendingPathComponent("nothing").path,
          ]) { $1 }
          try await Workplace.with(database: other.url, more) { place in
            let printed = try await place.run(["restore", "--keyring", keyring])
            #expect(printed.contains("1 contacts were erased again"), "\(printed)")
            // Not twice.
            let again = try place.start(["restore", "--keyring", keyring])
            #expect(await again.ended() != 0)
            #expect(again.printed.contains("holds a log already"), "\(again.printed)")

            let standIn = try place.start(["stand-in", "--port", "\(place.standInPort)"])
            try await place.await("\(place.standIn)/faults", of: standIn)
            let restored = Installation(place: place, demo: installation.demo)
            try await place.postJSON(
              #"{"url":"\#(restored.webhookURL)","secret":"\#(restored.secret)"}"#,
              to: "\(place.standIn)/webhooks")
            let engine = try await restored.serve()
            #expect(try await restored.contact(named: Canary.keptName) == kept)
            try await eventually("the read models are what they were", within: .seconds(60)) {
              try readModels(other) == before ? true : nil
            }
            let paths = try await restored.readablePaths(contact: contact)
            #expect(try await canary.words(in: paths, of: restored).isEmpty)
            #expect(try await restored.request("GET", "/v1/contacts/\(contact)").status == 410)
            let verified = try await place.run(["audit", "verify"])
            #expect(verified.contains("nothing differs"), "\(verified)")

            // The talk goes on: no message is answered again, and the new one once.
            try await restored.deliver(Webhook.text("Here again", from: "15550199", id: "again"))
            try await eventually("it is answered") {
              try await restored.talk(with: kept).count { $0.status == "read" } == 3 ? true : nil
            }
            #expect(try await restored.sent().count == 1)
            #expect(await engine.stop() == 0, "\(engine.printed.suffix(2_000))")
          }
        }
      }
    }
  }

  private func archive(_ s3: S3Server, _ client: HTTPClient) throws -> S3Store {
    try S3Store(
      client: client,
      place: S3Store.Place(
        endpoint: s3.endpoint, bucket: "archive", prefix: "shop",
        signature: AWSSignature(
          accessKey: s3.accessKey, secretKey: s3.secretKey, region: "us-east-1", service: "s3")))
  }

  /// Those that some object of the store holds, in the clear or as the digits of bytes, and which object that is.
  private func words(_ words: [String], in store: some ObjectStore) async throws -> [String] {
    let names = try await store.list("")
    // Segments of the log, files, and the tables of a snapshot.
    #expect(names.count > 10, "\(names)")
    var found: [String] = []
    for name in names {
      let bytes = try #require(try await store.get(name))
      // LZ4's own mark; what has none lies as it is.
      let isFrame = bytes.starts(with: [0x04, 0x22, 0x4D, 0x18])
      let content = Data(isFrame ? try LZ4Decoder.content(of: bytes, atMost: 1 << 30) : bytes)
      for word in words {
        let digits = word.utf8.map { String($0, radix: 16) }.joined()
        if content.range(of: Data(word.utf8)) != nil || content.range(of: Data(digits.utf8)) != nil {
          found.append("\(word) in \(name)")
        }
      }
    }
    return found
  }

  /// A hash over the ordered rows of every table of every read model.
  private func readModels(_ database: TestDatabase) throws -> [String: String] {
    let connection = try PostgresConnection(url: database.url)
    let tables = try connection.execute(
      """
      select v.name || '.' || c.relname, c.oid::regclass::text
      from projection.version as v
      join pg_namespace as n on n.nspname = v.schema
      join pg_class as c on c.relnamespace = n.oid and c.relkind = 'r'
      where v.state = 'live'
      """
    ).map { ($0.text(0), $0.text(1)) }
    return try tables.reduce(into: [:]) { hashes, table in
      let rows = try connection.execute(
        "select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from \(table.1) as t"
      )
      hashes[table.0] = rows[0].text(0)
    }
  }
}

extension Installation {
  fileprivate func talk(with contact: String) async throws -> [Message] {
    let id = try await conversation(with: contact)
    return try await conversations().first { $0.id == id }?.messages ?? []
  }
}
