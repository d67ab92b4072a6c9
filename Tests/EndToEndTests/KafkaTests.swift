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
