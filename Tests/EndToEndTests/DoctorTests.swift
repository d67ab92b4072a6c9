import TestKit
import Testing

@Suite struct DoctorTests {
  @Test(.timeLimit(.minutes(2)))
  func doctorFindsNothingWrongWithAGoodInstallation() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let printed = try await installation.place.run(["doctor"])
        #expect(printed.contains("all is well"))
      }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func doctorSaysWhatIsWrongAndWhatToDo() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url) { place in
        try await expect(place, [:], "the database is not migrated", "aigentable migrate")
        try await place.run(["migrate"])
        try await expect(place, [:], "there are no topics yet", "aigentable topics create")
        try await place.run(["topics", "create"])
        try await expect(
          place, ["AIGENTABLE_MASTER_KEY": String(repeating: "0a", count: 32)], "key", "lost-master-key.md")
        try await expect(
          place, ["AIGENTABLE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"], "problem",
          "postgres-down.md")
        try await expect(
          place, ["AIGENTABLE_MODEL_URL": "http://127.0.0.1:1"], "AIGENTABLE_MODEL", "AIGENTABLE_MODEL_URL")
      }
    }
  }

  private func expect(_ place: Workplace, _ settings: [String: String], _ words: String...) async throws {
    let program = try place.start(["doctor"], settings)
    #expect(await program.ended() == 1, "\(program.printed)")
    for word in words { #expect(program.printed.contains(word), "\(program.printed)") }
  }
}
