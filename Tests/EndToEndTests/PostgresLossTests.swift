import TestKit
import Testing

@Suite struct PostgresLossTests {
  @Test(.timeLimit(.minutes(4)))
  func theEngineRecoversByItselfFromACrashOfPostgresUnderLoad() async throws {
    try await PostgresServer.with { server in
      try await Installation.with(database: server.url) { installation in
        let engine = try await installation.serve()
        let load = Load(on: installation, contacts: 20, messages: 10)
        try await withThrowingTaskGroup { group in
          group.addTask { try await load.run(pause: .milliseconds(200)) }
          try await eventually("replies are sent") { try await installation.sent().count > 10 ? true : nil }
          try await server.stop(mode: "immediate")
          try await load.untilAllAreRefused()
          try await server.start()
          load.finish()
          try await group.waitForAll()
        }
        // A send whose outcome could not be recorded is uncertain: at most one in each conversation.
        try await load.expectEverythingAnswered(uncertain: 20)
        #expect(!engine.hasEnded, "\(engine.printed.suffix(2_000))")
      }
    }
  }

  /// Whoever watches processes gives them half a minute, as a rule.
  @Test(.timeLimit(.minutes(3)))
  func theEngineEndsInTimeWhilePostgresIsAway() async throws {
    try await PostgresServer.with { server in
      try await Installation.with(database: server.url) { installation in
        let engine = try await installation.serve()
        try await server.stop(mode: "immediate")
        try await eventually("the engine has noticed") {
          engine.printed.contains("postgres is unavailable") ? true : nil
        }
        let start = ContinuousClock.now
        _ = await engine.stop()
        #expect(.now - start < .seconds(30), "\(engine.printed.suffix(2_000))")
      }
    }
  }
}
