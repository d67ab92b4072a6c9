import Channels
import Contracts
import Foundation

/// What a message takes of the buckets of its account.
struct SendCost: Sendable, Equatable {
  /// Its files of sound and video, each of which is a call by itself.
  var media = 0
}

/// A token bucket of its own beside that of all messages.
struct MediaPace: Codable, Sendable, Equatable {
  fileprivate var spent: Double
  fileprivate var at: Date
}

/// A token bucket that the provider can close for a time.
struct SendPace: Codable, Sendable, Equatable {
  /// How far the bucket is from being full, at `at`.
  private(set) var spent = 0.0
  private(set) var at = Date(timeIntervalSince1970: 0)
  private(set) var closedUntil: Date?
  /// The bucket of sound and video; nil before the first.
  private(set) var media: MediaPace?

  /// When the next message may go; nil when that is now.
  func opens(_ rate: SendRate?, now: Date) -> Date? {
    if let closedUntil, closedUntil > now { return closedUntil }
    guard let rate else { return nil }
    let missing = spent(rate, now) + 1 - rate.burst
    return missing > 0 ? now.addingTimeInterval(missing / rate.perSecond) : nil
  }

  /// One message goes now.
  mutating func take(_ rate: SendRate?, now: Date) {
    closedUntil = nil
    guard let rate else { return }
    spent = spent(rate, now) + 1
    at = now
  }

  mutating func close(until: Date) { closedUntil = max(until, closedUntil ?? until) }

  /// As `opens`, for a message that also takes of the other bucket. One that takes more than it ever holds goes when it
  /// is full.
  func opens(_ limits: SendLimits, _ cost: SendCost, now: Date) -> Date? {
    let opens = opens(limits.account, now: now)
    guard let rate = limits.media, cost.media > 0 else { return opens }
    let missing = spentOnMedia(rate, now) + min(Double(cost.media), rate.burst) - rate.burst
    guard missing > 0 else { return opens }
    let later = now.addingTimeInterval(missing / rate.perSecond)
    return max(opens ?? later, later)
  }

  mutating func take(_ limits: SendLimits, _ cost: SendCost, now: Date) {
    take(limits.account, now: now)
    guard let rate = limits.media, cost.media > 0 else { return }
    media = MediaPace(spent: spentOnMedia(rate, now) + Double(cost.media), at: now)
  }

  private func spentOnMedia(_ rate: SendRate, _ now: Date) -> Double {
    media.map { max(0, $0.spent - max(0, now.timeIntervalSince($0.at)) * rate.perSecond) } ?? 0
  }

  private func spent(_ rate: SendRate, _ now: Date) -> Double {
    // A clock that went back gives nothing.
    max(0, spent - max(0, now.timeIntervalSince(at)) * rate.perSecond)
  }
}
