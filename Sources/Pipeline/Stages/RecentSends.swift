import Foundation

/// What went in the last second, of an account of which no second may hold more than a number, whenever it begins.
///
/// Times are kept in slots of 20 ms, each as the end of its slot, so that nothing is forgotten too early: two hundredths of
/// the rate are given up for that. Processes share them whose clocks may differ: what lies outside of one's own last second
/// says nothing to it, but may be all that another knows, so three seconds are kept either way, at most some 300 numbers.
struct RecentSends: Codable, Sendable, Equatable {
  private struct Slot: Codable, Sendable, Equatable {
    /// Its end, counted in slots since 1970.
    let end: Int64
    var calls: Int
  }

  private static let slotsPerSecond = 50.0
  /// In seconds, before and after now: clocks may differ by two.
  private static let kept = 3.0
  /// In slots: more than a time loses when it becomes a `Date` and back.
  private static let tolerance = 0.001

  /// In their order.
  private var slots: [Slot] = []

  /// When so many calls may go; nil when that is now. More than a second may hold go when nothing else did.
  func opens(_ calls: Int, most: Double, now: Date) -> Date? {
    let recent = recent(now)
    var room = most - min(Double(calls), most) - Double(recent.reduce(0) { $0 + $1.calls })
    guard room < 0 else { return nil }
    for slot in recent {
      room += Double(slot.calls)
      if room >= 0 {
        return Date(timeIntervalSince1970: (Double(slot.end) + Self.slotsPerSecond) / Self.slotsPerSecond)
      }
    }
    return nil
  }

  mutating func take(_ calls: Int, now: Date) {
    slots = slots(since: Self.kept, until: Self.kept, now)
    let end = Int64((now.timeIntervalSince1970 * Self.slotsPerSecond + 2 * Self.tolerance).rounded(.down)) + 1
    let known = slots(since: Self.kept, until: 1, now).count
    // A clock that went back a little adds to what is there.
    if known > 0, slots[known - 1].end >= end {
      slots[known - 1].calls += calls
    } else {
      slots.insert(Slot(end: end, calls: calls), at: known)
    }
  }

  /// What lies further in the future, of a clock that was set back or of another's that is ahead, tells nothing.
  private func recent(_ now: Date) -> [Slot] { slots(since: 1, until: 1, now) }

  /// Those of so many seconds before and after now.
  private func slots(since behind: Double, until ahead: Double, _ now: Date) -> [Slot] {
    let now = now.timeIntervalSince1970 * Self.slotsPerSecond
    return slots.filter {
      Double($0.end) - Self.tolerance > now - behind * Self.slotsPerSecond
        && Double($0.end) < now + ahead * Self.slotsPerSecond
    }
  }
}
