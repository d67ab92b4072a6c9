/// Keeps calls from a server that fails: after so many failures in a row none is made for a while, then a single one
/// tries. Each failed try doubles the while.
struct CircuitBreaker: Sendable {
  static let failuresToOpen = 5
  static let shortest = Duration.seconds(5)
  static let longest = Duration.seconds(300)

  private var failures = 0
  private var openUntil: ContinuousClock.Instant?
  private var pause = Self.shortest
  private var isTrying = false

  /// Nil when a call may be made, else how long none will be.
  mutating func admit(at now: ContinuousClock.Instant) -> Duration? {
    guard let openUntil else { return nil }
    guard now >= openUntil, !isTrying else { return max(openUntil - now, .milliseconds(100)) }
    isTrying = true
    return nil
  }

  mutating func succeeded() { self = CircuitBreaker() }

  mutating func failed(at now: ContinuousClock.Instant) {
    failures += 1
    guard isTrying || failures >= Self.failuresToOpen else { return }
    if isTrying { pause = min(pause * 2, Self.longest) }
    isTrying = false
    openUntil = now + pause
  }

  /// The call says nothing about the server: it was given up, or the request itself was wrong.
  mutating func ended() { isTrying = false }
}
