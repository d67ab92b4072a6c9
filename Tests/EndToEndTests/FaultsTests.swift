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
      #expect((more?["log: appends acknowledged"]?.double ?? 0) > 500)
      #expect(more?["log: records"]?.double ?? 0 >= more?["log: appends acknowledged"]?.double ?? .infinity)
      #expect((more?["log: records read"]?.double ?? 0) > 1_000)
    }
  }

  /// The same on brokers that go, refuse and hand over partitions.
  @Test(.timeLimit(.minutes(5)))
  func theLogOnKafkaKeepsWhatWasAcknowledgedWhileBrokersGo() async throws {
    let seed = LogRandom.seed(for: "kafka faults") % 1_000_000
    let more = try await faults(["--part", "kafka", "--minutes", "0.05", "--seed", "\(seed)"])
    // Half of the writers abort nothing, so that each of them has at least one.
    #expect((more?["kafka: appends acknowledged"]?.double ?? 0) >= 8)
    #expect(more?["kafka: records"]?.double ?? 0 >= more?["kafka: appends acknowledged"]?.double ?? .infinity)
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

  /// On a Postgres of the bench's own, whose file system is filled while customers write, and then is not. Where the
  /// machine lets nobody mount one, the bench says just that and does nothing.
  @Test(.timeLimit(.minutes(4)))
  func whileTheDiskIsFullMessagesAreRefusedAndNoneThatWasTakenIsLost() async throws {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    try await Workplace.with(database: server) { place in
      let history = place.folder.appendingPathComponent("history").path
      let bench = try place.start(
        [
          "bench", "faults", "--part", "server", "--fault", "diskFull", "--minutes", "0", "--seed",
          "\(LogRandom.seed(for: "diskFull") % 1_000_000)", "--history", history, "--json",
        ])
      let status = await bench.ended()
      guard try place.canMount() else {
        print("no file system can be mounted here: the bench must say so")
        #expect(status != 0 && bench.printed.contains("cannot be mounted"), "\(bench.printed.suffix(4_000))")
        return
      }
      #expect(status == 0, "\(bench.printed.suffix(4_000))")
      let line = bench.printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      #expect(more?["problems"]?.double == 0)
      #expect((more?["server: answers of 503"]?.double ?? 0) >= 5)
      #expect((more?["server: delivered"]?.double ?? 0) > 10)
      #expect(try String(contentsOfFile: history, encoding: .utf8).contains("\"status\":503"))
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
