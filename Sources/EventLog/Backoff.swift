/// Delays that double, each shortened by a random part so that many do not come at once.
package struct Backoff: Sendable {
  private let first: Duration
  private let longest: Duration
  private var delay: Duration

  package init(first: Duration = .milliseconds(50), longest: Duration = .seconds(2)) {
    self.first = first
    self.longest = longest
    delay = first
  }

  package mutating func next() -> Duration {
    defer { delay = min(delay * 2, longest) }
    return delay * Surroundings.random(in: 0.5...1)
  }

  package mutating func reset() { delay = first }
}
