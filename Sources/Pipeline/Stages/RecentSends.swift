import Foundation

/// What went in the last second, of an account of which no second may hold more than a number, whenever it begins.
///
/// Times are kept in slots of 20 ms, each as the end of its slot, so that nothing is forgotten too early: at most some 50
/// numbers, and two hundredths of the rate are given up for that.
struct RecentSends: Codable, Sendable, Equatable {
  private struct Slot: Codable, Sendable, Equatable {
    /// Its end, counted in slots since 1970.
    let end: Int64
    var calls: Int
  }

  private static let slotsPerSecond = 50.0
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
    slots = recent(now)
    let end = Int64((now.timeIntervalSince1970 * Self.slotsPerSecond + 2 * Self.tolerance).rounded(.down)) + 1
    // A clock that went back a little adds to what is there.
    if let last = slots.indices.last, slots[last].end >= end {
      slots[last].calls += calls
    } else {
      slots.append(Slot(end: end, calls: calls))
    }
  }

  /// What a clock that was set back left in the future tells nothing.
  private func recent(_ now: Date) -> [Slot] {
    let now = now.timeIntervalSince1970 * Self.slotsPerSecond
    return slots.filter {
      Double($0.end) - Self.tolerance > now - Self.slotsPerSecond
        && Double($0.end) < now + Self.slotsPerSecond
    }
  }
}
