import TestKit
import TestServers
import Testing

@Suite struct SecondEngineTests {
  @Test(.timeLimit(.minutes(3)))
  func aSecondEngineTakesOverFromOneThatIsKilled() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        // They share the partitions; the second one takes the webhooks and reads.
        let first = try await installation.serve(port: try SocketServer.unusedPort())
        let second = try await installation.serve()
        let load = Load(on: installation, contacts: 20, messages: 5)
        try await withThrowingTaskGroup { group in
          group.addTask { try await load.run(pause: .milliseconds(100)) }
          try await eventually("replies are sent") { try await installation.sent().count > 20 ? true : nil }
          await first.crash()
          load.finish()
          try await group.waitForAll()
        }
        // At most one send of each conversation was in flight.
        try await load.expectEverythingAnswered(uncertain: 20)
        #expect(!second.hasEnded)
      }
    }
  }
}
