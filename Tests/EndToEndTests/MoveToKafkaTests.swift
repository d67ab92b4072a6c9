import Foundation
import TestKit
import Testing

/// Against the mock cluster, or the real one that `AIGENTABLE_TEST_KAFKA` (a `kafka://` URL) names.
@Suite struct MoveToKafkaTests {
  /// Customers write all the time, and the copy is killed again and again, during the cut-over as well.
  @Test(.timeLimit(.minutes(4)))
  func aRunningInstallationMovesToKafkaWhateverIsKilled() async throws {
    let mock = try Self.real == nil ? KafkaCluster() : nil
    defer { withExtendedLifetime(mock) {} }
    // Of the real one the copy makes topics itself, with a prefix that nobody had.
    try mock?.createTopics()
    let cluster = try #require(mock?.url ?? Self.real)
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let place = installation.place
        var engine = try await installation.serve()
        let load = Load(on: installation, contacts: 8, messages: 4)
        try await withThrowingTaskGroup { group in
          // Slowly: a reply names at most 20 messages that waited for it, and the engine is down for some seconds.
          group.addTask { try await load.run(pause: .seconds(2)) }
          try await eventually("replies are sent") { try await installation.sent().count > 20 ? true : nil }
          for parts in [1, 6, 15] { try await killed(["log", "copy"], after: parts, cluster, place) }
          try await copy(cluster, place)
          try await place.run(["audit", "checkpoint"])

          // The engine runs on, with all its roles: its stages come to rest for the cut-over, and go on after one that was
          // killed. Webhooks are taken all the same, and what was acknowledged is answered later.
          try await killed(["log", "copy", "--cut-over"], after: 1, cluster, place)
          try await copy(cluster, place, "--cut-over")
          // As one that was killed after the move.
          try await copy(cluster, place, "--cut-over")
          try await load.untilAllAreRefused()
          await engine.stop()

          let old = try place.start(["serve", "--port", "\(place.port)"])
          #expect(await old.ended() != 0)
          #expect(old.printed.contains("the log of this installation is on Kafka"), "\(old.printed)")
          #expect(old.printed.contains("AIGENTABLE_LOG"))

          place.add(["AIGENTABLE_LOG": cluster])
          engine = try await installation.serve()
          let before = try await installation.sent().count
          try await eventually("replies are sent") {
            try await installation.sent().count > before + 10 ? true : nil
          }
          load.finish()
          try await group.waitForAll()
        }
        try await load.expectEverythingAnswered(uncertain: 0)
        let verified = try await place.run(["audit", "verify"])
        #expect(verified.contains("nothing differs"), "\(verified)")
        let rebuilt = try await place.run(["rebuild", "conversations"])
        let tables = rebuilt.split(separator: "\n").filter { $0.hasPrefix("table ") }
        #expect(tables.count > 1 && tables.allSatisfy { $0.contains(" built, 0 differ") }, "\(rebuilt)")
        #expect(await engine.stop() == 0, "\(engine.printed.suffix(2_000))")
      }
    }
  }

  private static let real = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_KAFKA"].map {
    $0 + ($0.contains("?") ? "&" : "?") + "topic.prefix=move-\(UUID().uuidString.lowercased())."
  }

  private func arguments(_ cluster: String) -> [String] {
    // Small parts, so that there are many moments between them.
    ["--to", cluster, "--batch", "10", "--settle", "0.2"]
  }

  private func copy(_ cluster: String, _ place: Workplace, _ more: String...) async throws {
    try await place.run(["log", "copy"] + arguments(cluster) + more)
  }

  /// Ends it without a word once it has copied so many parts, unless it was done before.
  private func killed(
    _ command: [String], after parts: Int, _ cluster: String, _ place: Workplace
  ) async throws {
    let program = try place.start(command + arguments(cluster))
    try await eventually("\(parts) parts are copied") {
      program.hasEnded || program.printed.split(separator: "\n").count { $0.contains(" of ") } >= parts
        ? true : nil
    }
    await program.crash()
  }
}
