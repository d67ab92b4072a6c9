import Audit
import Contracts
import EventLog
import Foundation
import JSON
import LZ4
import Postgres
import PostgresLog
import TestKit
import Testing

@Suite(.timeLimit(.minutes(3)))
struct ExportTests {
  private let contact = ContactID(UUID())

  /// Runs the checker of third parties on a file.
  private func check(_ file: URL, in folder: URL) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let script = TestDatabase.home.url.appendingPathComponent("ops/verify-export.py").path
    process.arguments = ["python3", "-B", script, file.path, folder.appendingPathComponent("key.pem").path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  private func event(
    _ conversation: ConversationID, contact: ContactID? = nil, as type: EventType = ConversationOpened.type,
    tenant: TenantID
  ) throws -> Event {
    let facts = contact.map { #"{"facts":{"contact":"\#($0)"}}"# } ?? #"{"facts":{}}"#
    return Event(
      id: EventID(.version7()), type: contact == nil ? "message.status" : type,
      topic: .conversations, key: StreamID(conversation), tenant: tenant, time: Date(), source: "/tests",
      value: Array(facts.utf8))
  }

  private func lines(_ file: URL) throws -> [String] {
    let bytes = try LZ4Decoder.content(of: Array(Data(contentsOf: file)), atMost: 50 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func whatIsExportedIsAllThatIsTheSubjectsAndIsProvedToAThirdParty() async throws {
    try await AuditFixture.with { fixture in
      try await AuditFixture.withFolder { folder in
        let (one, other) = (TenantID(UUID()), TenantID(UUID()))
        let conversations = (0..<4).map { _ in ConversationID(UUID()) }
        var events: [Event] = []
        for (index, conversation) in conversations.enumerated() {
          // The contact is in the first two.
          events.append(
            try event(
              conversation, contact: index < 2 ? contact : ContactID(UUID()), tenant: index < 3 ? one : other)
          )
        }
        for number in 0..<1_500 {
          events.append(try event(conversations[number % 4], tenant: number % 4 < 3 ? one : other))
        }
        events.shuffle()
        for start in stride(from: 0, to: events.count, by: 400) {
          _ = try await fixture.log.append(Array(events[start..<min(start + 400, events.count)]))
        }
        try await fixture.checkpoint()
        try await fixture.export(to: folder)
        _ = try await fixture.log.append([event(conversations[0], tenant: one)])

        let exporter = Exporter(log: fixture.log, pool: fixture.database.pool)
        let expected: [(ExportSubject, (Event) -> Bool, later: Int)] = [
          (.conversation(conversations[0]), { $0.key == StreamID(conversations[0]) }, 1),
          (.contact(contact), { conversations[..<2].map { StreamID($0) }.contains($0.key) }, 1),
          (.tenant(other), { $0.tenant == other }, 0),
          (.conversation(ConversationID(UUID())), { _ in false }, 0),
        ]
        for (subject, belongs, later) in expected {
          let file = folder.appendingPathComponent("export.lz4")
          let report = try await exporter.export(subject, to: file, at: Date())
          #expect(report.later == later && report.events == events.count(where: belongs))
          let ids = try lines(file).dropFirst().dropLast().compactMap {
            $0.split(separator: "\"").dropFirst(3).first.map(String.init)
          }
          #expect(Set(ids) == Set(events.filter(belongs).map(\.id.description)))
          let outcome = try check(file, in: folder)
          #expect(
            outcome.status == 0 && outcome.output.hasPrefix("\(report.events) events"), "\(outcome.output)")
        }
      }
    }
  }

  /// In a group somebody may do no more than react, edit or move; whatever type names them, the conversation is theirs.
  @Test(arguments: try ExportTests.typesThatNameContacts())
  func aConversationIsFoundByAnyEventThatNamesTheContact(type: EventType) async throws {
    try await AuditFixture.with { fixture in
      try await AuditFixture.withFolder { folder in
        let (tenant, group, other) = (TenantID(UUID()), ConversationID(UUID()), ConversationID(UUID()))
        let (theirs, others) = (
          try [
            event(group, contact: ContactID(UUID()), tenant: tenant), event(group, tenant: tenant),
            event(group, contact: contact, as: type, tenant: tenant), event(group, tenant: tenant),
          ],
          try [event(other, contact: ContactID(UUID()), as: type, tenant: tenant)]
        )
        _ = try await fixture.log.append(theirs + others)
        try await fixture.checkpoint()
        try await fixture.export(to: folder)
        let file = folder.appendingPathComponent("export.lz4")
        let report = try await Exporter(log: fixture.log, pool: fixture.database.pool)
          .export(.contact(contact), to: file, at: Date())
        #expect(report.events == 4 && report.later == 0)
        let lines = try lines(file)
        for event in theirs { #expect(lines.contains { $0.contains("\(event.id)") }) }
        for event in others { #expect(!lines.contains { $0.contains("\(event.id)") }) }
        let outcome = try check(file, in: folder)
        #expect(outcome.status == 0 && outcome.output.hasPrefix("4 events of contact"), "\(outcome.output)")
      }
    }
  }

  /// The types of conversations whose facts have a contact, as the schemas say.
  static func typesThatNameContacts() throws -> [EventType] {
    let folder = TestDatabase.home.url.appendingPathComponent("schemas/events/conversations")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let types = try files.filter { file in
      let schema = try JSONValue(parsing: Array(Data(contentsOf: file)), maximumDepth: JSON.maximumDepth)
      return schema["properties"]?["facts"]?["properties"]?["contact"] != nil
    }.map { EventType($0.deletingPathExtension().lastPathComponent) }
    try #require(types.contains(MessageReacted.type) && types.count >= 10)
    return types.sorted { $0.rawValue < $1.rawValue }
  }

  /// Of what came only what is the contact's alone; that something else is kept back can be read by whoever gets the file.
  @Test func bodiesOfAContactAreProvedAndThoseThatAreWithheldAreNamed() async throws {
    try await AuditFixture.with { fixture in
      try await AuditFixture.withFolder { folder in
        let came = (0..<40).map { LogFixtures.event("connection-\($0 % 3)", topic: .inbound) }
        _ = try await fixture.log.append(came)
        let opened = try event(ConversationID(UUID()), contact: contact, tenant: TenantID(UUID()))
        _ = try await fixture.log.append([opened])
        try await fixture.checkpoint()
        try await fixture.export(to: folder)
        let bodies = ExportedBodies(
          own: Set(came[..<5].map(\.id)),
          withheld: came[5..<8].map { .init(event: $0.id, why: "it told of others, too") })
        let file = folder.appendingPathComponent("export.lz4")
        let report = try await Exporter(log: fixture.log, pool: fixture.database.pool)
          .export(.contact(contact), bodies: bodies, to: file, at: Date())
        #expect(report.events == 6)
        let lines = try lines(file)
        let taken = came.filter { came in lines.dropFirst().contains { $0.contains("\(came.id)") } }
        #expect(Set(taken.map(\.id)) == bodies.own)
        let named = came.filter {
          lines[0].contains(#"{"event":"\#($0.id)","why":"it told of others, too"}"#)
        }
        #expect(named.map(\.id) == came[5..<8].map(\.id), "\(lines[0])")
        let outcome = try check(file, in: folder)
        #expect(outcome.status == 0 && outcome.output.hasPrefix("6 events of contact"), "\(outcome.output)")
        #expect(outcome.output.contains("3 webhooks and mails are withheld"), "\(outcome.output)")
      }
    }
  }

  /// Lines are changed, dropped, repeated and exchanged, and packed again.
  @Test func anExportThatWasChangedIsRefused() async throws {
    try await AuditFixture.with { fixture in
      try await AuditFixture.withFolder { folder in
        let conversation = ConversationID(UUID())
        var events: [Event] = []
        for _ in 0..<9 { events.append(try event(conversation, tenant: TenantID(UUID()))) }
        _ = try await fixture.log.append(events)
        try await fixture.checkpoint()
        try await fixture.export(to: folder)
        let file = folder.appendingPathComponent("export.lz4")
        _ = try await Exporter(log: fixture.log, pool: fixture.database.pool)
          .export(.conversation(conversation), to: file, at: Date())
        let lines = try lines(file)
        func pack(_ lines: [String]) throws -> (status: Int32, output: String) {
          let changed = folder.appendingPathComponent("changed.lz4")
          try Data(LZ4Encoder.frame(Array((lines.joined(separator: "\n") + "\n").utf8))).write(to: changed)
          return try check(changed, in: folder)
        }
        #expect(try pack(lines).status == 0)
        var mutations = [
          Array(lines.dropLast()), Array(lines.dropFirst()), [], [lines[0]], lines + [lines[1]],
          lines + ["x"], [lines[0], lines[1]] + lines[1...], [lines[0]] + lines[2...],
          [lines[0], lines[2], lines[1]] + lines[3...],
        ]
        var other = lines
        other[4] = lines[4].replacing(#""partition":0"#, with: #""partition":1"#)
          .replacing("message.status", with: "message.states")
        mutations.append(other)
        for (number, mutation) in mutations.enumerated() {
          let outcome = try pack(mutation)
          #expect(outcome.status != 0, "mutation \(number): \(outcome.output)")
        }
        let bytes = try Array(Data(contentsOf: file))
        try Data(bytes.dropLast(9)).write(to: file)
        #expect(try check(file, in: folder).status != 0)
      }
    }
  }

  @Test func nothingIsExportedFromALogThatIsNotAsItWasSigned() async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      try await AuditFixture.withFolder { folder in
        let conversation = ConversationID(UUID())
        _ = try await fixture.log.append([event(conversation, tenant: TenantID(UUID()))])
        try await fixture.checkpoint()
        try await fixture.sql("update log.record set value = value || ' '::bytea")
        let file = folder.appendingPathComponent("export.lz4")
        await #expect(throws: AuditError.self) {
          try await Exporter(log: fixture.log, pool: fixture.database.pool)
            .export(.conversation(conversation), to: file, at: Date())
        }
        #expect(!FileManager.default.fileExists(atPath: file.path))
      }
    }
  }
}
