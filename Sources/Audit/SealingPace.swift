import EventLog

/// How the engine's own sealing leaves the processors and the disk to what is live: it reads a little at a time, and
/// rests after each part for much longer than that took. Where live work slows it down, it rests the longer.
///
/// What an hour brings is sealed within seconds; the first time, with all that the log holds, takes about ten times as
/// long as it would without.
package struct SealingPace: Sendable {
  /// Events that are read and hashed in one go: a millisecond or two.
  let part: Int
  /// How often as long as it worked it rests.
  let rest: Int
  /// Told how long each rest is, for tests.
  let onRest: @Sendable (Duration) -> Void

  /// What takes longer than a ninth of it, as an archived file that is fetched, is rare.
  private static let longest = Duration.seconds(10)

  package static let background = SealingPace()

  init(part: Int = 128, rest: Int = 9, onRest: @escaping @Sendable (Duration) -> Void = { _ in }) {
    self.part = part
    self.rest = rest
    self.onRest = onRest
  }

  func rest(after worked: Duration) async throws {
    let rest = min(worked * rest, Self.longest)
    onRest(rest)
    // By the clock: the rest is what it is for.
    try await Surroundings.sleep(for: rest)
  }
}
