import Foundation
import Keyring
import Postgres
import Projections
import Synchronization

/// The command `rebuild` as somebody runs it beside an engine, and what it says of how far it has come.
final class RebuildProcess: Sendable {
  private let database: BenchDatabase
  private let name: String
  private let pace: [String]
  private let settings: [String: String]
  private let folder: URL
  private let state = Mutex(State())
  let phases = PhaseLatencies()

  private struct State {
    /// How far those before came, and how far this one has come.
    var (earlier, now) = (Int64(0), Int64(0))
    var command: BenchKillEngine?
  }

  private static let look = Duration.milliseconds(100)
  private static let attempts = 6_000

  static let master = String(repeating: "5a", count: 32)

  /// - Parameter growth: how much the p99 of live work may become larger, in percent; nil holds nothing back.
  init(_ database: BenchDatabase, _ name: String, growth: Int?) throws {
    self.database = database
    self.name = name
    pace = growth.map { ["--growth", "\($0)"] } ?? ["--unthrottled"]
    settings = [
      "AIGENTABLE_DATABASE_URL": database.url, "AIGENTABLE_HOME": try Home.located().url.path,
      "AIGENTABLE_MASTER_KEY": Self.master,
    ]
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-backfill-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// That all of them together have moved past.
  var positions: Int64 { state.withLock { $0.earlier + $0.now } }

  /// Runs it to its end.
  func run(_ arguments: String...) async throws {
    try await freeLease()
    try await BenchKillEngine.run(
      BenchKill.ownProgram, ["rebuild", name, "--accept-differences"] + arguments, settings: settings,
      output: output())
  }

  /// Runs it again and again while `body` runs; the last one is killed.
  func beside<R: Sendable>(_ body: () async throws -> R) async throws -> R {
    let again = Task {
      while !Task.isCancelled { try await once() }
    }
    let result: Result<R, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    again.cancel()
    do { try await again.value } catch is CancellationError {}
    return try result.get()
  }

  /// Runs it once, and kills it when the task is cancelled or the phase is another than `only`; `body` runs meanwhile.
  func once(
    only: RebuildPhase? = nil,
    _ body: @Sendable @escaping (_ isOver: @Sendable () -> Bool) async throws -> Void = { _ in }
  ) async throws {
    try await freeLease()
    let output = output()
    let command = try BenchKillEngine(
      BenchKill.ownProgram, ["rebuild", name, "--accept-differences"] + pace, settings: settings,
      output: output)
    state.withLock { $0.command = command }
    async let other: Void = body { !command.isRunning }
    let printed = try FileHandle(forReadingFrom: output)
    var (text, isPast) = ("", false)
    while command.isRunning, !isPast {
      do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
      // Whoever measures beside it is not to be kept busy.
      if let more = try printed.readToEnd(), !more.isEmpty {
        text += String(decoding: more, as: UTF8.self)
        note(text)
        text = String(text.suffix(200))
      }
      if let only, let now = phases.current { isPast = now != only }
    }
    state.withLock { $0.command = nil }
    let isCut = Task.isCancelled || isPast
    if isCut { await command.crash() }
    let status = isCut ? 0 : await command.ended()
    state.withLock { ($0.earlier, $0.now) = ($0.earlier + $0.now, 0) }
    phases.enter(nil)
    try await other
    guard status == 0 else { throw BenchError("rebuild ended with status \(status): \(text)") }
  }

  /// Runs `body` while the command is paused: whatever it has learned it still knows afterwards. There must be one under
  /// way, or about to be (`beside`), that is held back.
  func paused<R: Sendable>(_ body: () async throws -> R) async throws -> R {
    let command = try await pause()
    defer { kill(command.processIdentifier, SIGUSR2) }
    return try await body()
  }

  private func pause() async throws -> BenchKillEngine {
    // One that says how far it has come listens to signals. What compares holds a snapshot, and is soon done.
    for _ in 0..<Self.attempts {
      if let command = state.withLock({ $0.command }), command.isRunning, phases.current == .applying {
        kill(command.processIdentifier, SIGUSR1)
        return command
      }
      try await Task.sleep(for: Self.look)
    }
    throw BenchError("there was no rebuild to pause")
  }

  /// `12000 of 300000, 950/s, 303 s left, beside 12 % of live work`, the newest last.
  private func note(_ text: String) {
    guard let line = text.split(separator: "\r").last, let done = line.firstMatch(of: /^(\d+) of \d+,/) else {
      return
    }
    let phase = RebuildPhase.allCases.first { line.contains(", \($0)") } ?? .applying
    if phase != .dropping, let done = Int64(done.output.1) { state.withLock { $0.now = done } }
    phases.enter(phase)
  }

  private func output() -> URL { folder.appendingPathComponent("\(UUID()).log") }

  /// Nobody renews that of one that was killed; to wait until it has run out would only take time.
  private func freeLease() async throws {
    try await database.pool.withConnection { connection in
      _ = try connection.execute(
        """
        update projection.lease as l set expires_at = '-infinity' from projection.version as v
        where v.schema = l.schema and v.state = 'building'
        """)
    }
  }
}
