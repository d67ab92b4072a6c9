import Foundation
import JSON
import TestKit
import Testing

@Suite struct FaultsTests {
  /// 64 writers whose sessions are ended among their appends, and readers who note whatever they saw.
  @Test(.timeLimit(.minutes(5)))
  func theLogKeepsWhatWasAcknowledgedAndReadersSeeNothingChange() async throws {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    try await Workplace.with(database: server) { place in
      let bench = try place.start(
        [
          "bench", "faults", "--part", "log", "--minutes", "0.15", "--seed",
          "\(LogRandom.seed(for: "faults") % 1_000_000)", "--json",
        ])
      let status = await bench.ended()
      #expect(status == 0, "\(bench.printed.suffix(4_000))")
      let line = bench.printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      #expect(more?["problems"]?.double == 0)
      // Each of 64 writers begins at least one in each half.
      try expectWhole(more, "log", begun: 128)
      // The checker asks that somebody read each.
      #expect(try #require(more?["log: records read"]?.double) >= #require(more?["log: records"]?.double))
    }
  }

  /// The same on brokers that go, refuse and hand over partitions.
  @Test(.timeLimit(.minutes(5)))
  func theLogOnKafkaKeepsWhatWasAcknowledgedWhileBrokersGo() async throws {
    let seed = LogRandom.seed(for: "kafka faults") % 1_000_000
    let more = try await faults(["--part", "kafka", "--minutes", "0.05", "--seed", "\(seed)"])
    // Each of 16 writers begins at least one, and the bench itself one in each of 4 partitions.
    try expectWhole(more, "kafka", begun: 20)
    // Each kind was there, however short the time.
    for fault in ["broker down", "requests failed", "leader moved", "session ended", "relay replaced"] {
      #expect((more?["kafka: \(fault)"]?.double ?? 0) >= 1, "\(fault), seed \(seed)")
    }
  }

  /// Every append that was begun has its end, and those that were acknowledged are the records, no fewer and no more.
  private func expectWhole(_ more: JSONValue?, _ part: String, begun least: Double) throws {
    func figure(_ name: String) throws -> Double { try #require(more?["\(part): \(name)"]?.double) }
    let begun = try figure("appends begun")
    #expect(begun >= least)
    // Whoever is not told what became of an append tries it again until the end.
    #expect(try figure("appends unknown") == 0)
    #expect(try figure("appends acknowledged") + figure("appends refused") == begun)
    #expect(try figure("records") == figure("appends acknowledged"))
  }

  /// The command is killed among its work, and its successor builds what was live.
  @Test(.timeLimit(.minutes(5)))
  func aRebuildThatIsKilledComesOutTheSame() async throws {
    let seed = LogRandom.seed(for: "rebuild faults") % 1_000_000
    let more = try await faults(
      ["--part", "rebuild", "--projection", "usage", "--kills", "2", "--events", "2000", "--seed", "\(seed)"])
    #expect(more?["usage: kills"]?.double == 2)
    #expect((more?["usage: tables compared"]?.double ?? 0) > 0)
    #expect(more?["usage: rows that differ"]?.double == 0)
  }

  private func faults(_ arguments: [String]) async throws -> JSONValue? {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    return try await Workplace.with(database: server) { place in
      let bench = try place.start(["bench", "faults", "--json"] + arguments)
      #expect(await bench.ended() == 0, "\(bench.printed.suffix(4_000))")
      let line = bench.printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      #expect(more?["problems"]?.double == 0)
      return more
    }
  }

  /// Each fault of engines and of the network once, in the order that the seed gives.
  @Test(.timeLimit(.minutes(10)))
  func noMessageIsLostOrDoubledWhateverBefallsEnginesAndNetwork() async throws {
    try await play("engines", Self.ofEngines) { more, _ in
      #expect((more?["engines: connections cut at COMMIT"]?.double ?? 0) >= 1)
    }
  }

  /// The same with a Postgres of the bench's own, whose file system is filled while customers write, and then is not. Where
  /// the machine lets nobody mount one, the bench says just that and leaves out this one fault.
  @Test(.timeLimit(.minutes(10)))
  func whateverBefallsPostgresMessagesAreRefusedAndNoneThatWasTakenIsLost() async throws {
    try await play("server", Self.ofServer) { more, history in
      #expect((more?["server: answers of 503"]?.double ?? 0) >= 5)
      #expect(history.contains(#""error":"answered with 503""#))
    }
  }

  /// Without the right to mount anything there is no disk to fill, and all else is done.
  @Test(.timeLimit(.minutes(5)))
  func withoutAFileSystemOfItsOwnTheServersOtherFaultsArePlayed() async throws {
    // Who is not root may not mount anything as it is.
    let wrapper =
      geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"] : []
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    try await Workplace.with(database: server) { place in
      func bench(_ faults: [String]) async throws -> (status: Int32, printed: String) {
        let bench = try place.start(
          ["bench", "faults", "--part", "server", "--minutes", "0", "--seed", "1", "--json"]
            + faults.flatMap { ["--fault", $0] }, under: wrapper)
        return (await bench.ended(), bench.printed)
      }
      let (status, printed) = try await bench(["backendKilled", "postmasterKilled"])
      #expect(status == 0, "\(printed.suffix(4_000))")
      let line = printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      #expect(more?["problems"]?.double == 0)
      #expect(more?["server: postmasterKilled"]?.double == 1)
      #expect((more?["server: delivered"]?.double ?? 0) > 0)
      // Whoever asks for it is told why it cannot be.
      let (refused, said) = try await bench(["diskFull"])
      #expect(refused != 0 && said.contains("cannot be mounted"), "\(said.suffix(4_000))")
    }
  }

  private static let ofEngines = [
    "killed", "stopped", "stoppedInCommit", "joined", "left", "clockAhead", "clockBack", "cutAtCommit",
    "cutEverywhere", "slow", "torn", "silent", "sessionsEnded",
  ]
  private static let ofServer = [
    "serverStopped", "serverStoppedInCommit", "backendKilled", "postmasterKilled", "serverClockAhead",
    "serverClockBack", "connectionsUsedUp", "diskFull",
  ]

  /// Plays a part that ends once each of its faults was there; `check` is given its figures and its history.
  private func play(
    _ part: String, _ faults: [String],
    _ check: (_ more: JSONValue?, _ history: String) throws -> Void
  ) async throws {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    try await Workplace.with(database: server) { place in
      let history = place.folder.appendingPathComponent("history").path
      let bench = try place.start(
        [
          "bench", "faults", "--part", part, "--minutes", "0", "--seed",
          "\(LogRandom.seed(for: part) % 1_000_000)", "--history", history, "--json",
        ])
      let status = await bench.ended()
      #expect(status == 0, "\(bench.printed.suffix(4_000))")
      let hasDisk = try place.canMount()
      #expect(
        bench.printed.contains("server: diskFull was left out") == (part == "server" && !hasDisk),
        "\(bench.printed.suffix(4_000))")
      let faults = faults.filter { hasDisk || $0 != "diskFull" }
      let line = bench.printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      #expect(more?["problems"]?.double == 0)
      #expect((more?["\(part): delivered"]?.double ?? 0) > 10)
      let written = try String(contentsOfFile: history, encoding: .utf8)
      for fault in faults {
        #expect(more?["\(part): \(fault)"]?.double == 1)
        for type in ["invoke", "ok"] {
          let operation = #""process":"faults","type":"\#(type)","f":"fault","fault":"\#(fault)""#
          #expect(written.contains(operation), "\(fault), \(type)")
        }
      }
      // Stages and projections got on, and what the run found of its history anybody finds.
      #expect((more?["\(part): steps of progress"]?.double ?? 0) > 10)
      try check(more, written)
      // Every message is in the log, and every reply that was delivered was taken; readers are given just that.
      let figures = ["messages", "delivered", "uncertain", "records", "records read"].map {
        more?["\(part): \($0)"]?.double ?? -1
      }
      #expect(figures[3] >= figures[0] + figures[1], "\(figures)")
      #expect(figures[3] <= figures[0] + figures[1] + figures[2] && figures[4] == figures[3], "\(figures)")
      let said = try await place.run(["bench", "faults", "--check", history])
      #expect(!said.contains("only progress was checked"))
      try await expectPlantedErrorsAreFound(written, place)
    }
  }

  /// Among the messages of a partition of the log, and among what the channel took.
  private func expectPlantedErrorsAreFound(_ written: String, _ place: Workplace) async throws {
    let history = try PlantedHistory(written)
    let channel = history.partitions - 1
    // The fullest, where contacts surely have several messages.
    let messages = try #require((0..<channel).max { history.held($0).count < history.held($1).count })
    for partition in [messages, channel] {
      for (kind, planted) in try history.planted(in: partition) {
        let file = place.folder.appendingPathComponent("planted")
        try Data(planted.text.utf8).write(to: file)
        let bench = try place.start(["bench", "faults", "--json", "--check", file.path])
        #expect(await bench.ended() == 1, "\(kind) in \(partition): \(bench.printed)")
        let found = bench.printed.split(separator: "\n").filter { !$0.hasPrefix("{") }
        #expect(
          !found.isEmpty && found.allSatisfy { $0.hasPrefix("\(kind), line") },
          "\(kind) in \(partition): \(bench.printed)")
      }
    }
  }
}

extension Workplace {
  /// Whether this user may mount a file system, as a look at it says.
  fileprivate func canMount() throws -> Bool {
    let place = folder.appendingPathComponent("mounted").path
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let mount = Process()
    mount.executableURL = URL(fileURLWithPath: "/bin/sh")
    mount.arguments = ["-c", "mount -t tmpfs -o size=1m aigentable-try \"$0\" && umount \"$0\"", place]
    try mount.run()
    mount.waitUntilExit()
    return mount.terminationStatus == 0
  }
}
