/// What the transactions of direct appends have taken, summed up.
package struct AppendTimes: Sendable {
  package private(set) var commits = 0
  package private(set) var appends = 0
  /// Until the transaction began that an append shares, over all appends.
  package private(set) var waiting = Duration.zero
  /// Over all transactions: from the first statement to the rows' places, locks included; and of COMMIT.
  package private(set) var writing = Duration.zero
  package private(set) var committing = Duration.zero

  package init() {}

  mutating func note(_ waited: Duration, of count: Int) {
    waiting += waited
    appends += count
  }

  mutating func note(writing: Duration, committing: Duration) {
    commits += 1
    self.writing += writing
    self.committing += committing
  }

  package static func + (a: AppendTimes, b: AppendTimes) -> AppendTimes {
    var sum = a
    sum.add(b, 1)
    return sum
  }

  package static func - (a: AppendTimes, b: AppendTimes) -> AppendTimes {
    var rest = a
    rest.add(b, -1)
    return rest
  }

  private mutating func add(_ other: AppendTimes, _ sign: Int) {
    commits += sign * other.commits
    appends += sign * other.appends
    waiting += other.waiting * sign
    writing += other.writing * sign
    committing += other.committing * sign
  }
}
