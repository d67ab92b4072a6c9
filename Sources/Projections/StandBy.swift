/// How long a runner waits between two looks at a lease that someone else has.
///
/// Who stands by for another process looks once a second. Who had the lease until just now most likely lost it to a
/// rebuild, which gives it back within some tens of milliseconds: readers of the live tables wait for that, so it looks
/// more often for a while.
struct StandBy {
  static let (short, long) = (Duration.milliseconds(50), Duration.seconds(1))
  /// Two seconds of short looks.
  static let shortLooks = 40
  private var looks = 0

  mutating func lost() { looks = Self.shortLooks }

  mutating func next() -> Duration {
    guard looks > 0 else { return Self.long }
    looks -= 1
    return Self.short
  }
}
