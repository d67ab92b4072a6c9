import Channels
import Contracts
import Foundation

/// What a message takes of the buckets of its account and of its chat.
struct SendCost: Sendable, Equatable {
  /// As many as the platform counts: each part of a long text and each file is one.
  var calls = 1
  /// Its files of sound and video, each of which is a call by itself.
  var media = 0
}

/// A token bucket of its own beside that of all messages.
struct MediaPace: Codable, Sendable, Equatable {
  fileprivate var spent: Double
  fileprivate var at: Date
  /// nil in what was kept before there was this.
  fileprivate var recent: RecentSends?
}

/// A token bucket that the provider can close for a time.
struct SendPace: Codable, Sendable, Equatable {
  /// How far the bucket is from being full, at `at`.
  private(set) var spent = 0.0
  private(set) var at = Date(timeIntervalSince1970: 0)
  private(set) var closedUntil: Date?
  /// The bucket of sound and video; nil before the first.
  private(set) var media: MediaPace?
  /// nil where no number of a second counts.
  private(set) var recent: RecentSends?
  /// The chats that were refused since anything was taken, of an account whose provider does not say what it limits.
  var refused: [ConversationID]?

  /// When a message of so many calls may go; nil when that is now. One of more calls than the bucket ever holds goes
  /// when it is full, and is paid for afterwards.
  func opens(_ rate: SendRate?, calls: Int = 1, now: Date) -> Date? {
    if let closedUntil, closedUntil > now { return closedUntil }
    guard let rate else { return nil }
    return Self.opens(rate, calls: calls, spent: spent(rate, now), recent, now: now)
  }

  /// When the bucket and the last second have room for so many.
  private static func opens(
    _ rate: SendRate, calls: Int, spent: Double, _ recent: RecentSends?, now: Date
  ) -> Date? {
    let missing = spent + min(Double(calls), rate.burst) - rate.burst
    let filled = missing > 0 ? now.addingTimeInterval(missing / rate.perSecond) : nil
    let room = rate.mostInASecond.flatMap { recent?.opens(calls, most: $0, now: now) }
    return [filled, room].compactMap(\.self).max()
  }

  /// What went in the last second, with so many more that go now; nil where that does not count.
  private static func adding(
    _ calls: Int, to recent: RecentSends?, _ rate: SendRate, now: Date
  ) -> RecentSends? {
    guard rate.mostInASecond != nil else { return nil }
    var recent = recent ?? RecentSends()
    recent.take(calls, now: now)
    return recent
  }

  /// A message goes now.
  mutating func take(_ rate: SendRate?, calls: Int = 1, now: Date) {
    closedUntil = nil
    guard let rate else { return }
    spent = spent(rate, now) + Double(calls)
    recent = Self.adding(calls, to: recent, rate, now: now)
    at = now
  }

  mutating func close(until: Date) { closedUntil = max(until, closedUntil ?? until) }

  /// As `opens`, for a message that also takes of the other bucket.
  func opens(_ limits: SendLimits, _ cost: SendCost, now: Date) -> Date? {
    [opens(limits.account, calls: cost.calls, now: now), opensForMedia(limits.media, cost.media, now: now)]
      .compactMap(\.self).max()
  }

  /// As `opens`, of the bucket of sound and video alone.
  func opensForMedia(_ rate: SendRate?, _ media: Int, now: Date) -> Date? {
    guard let rate, media > 0 else { return nil }
    return Self.opens(rate, calls: media, spent: spentOnMedia(rate, now), self.media?.recent, now: now)
  }

  mutating func take(_ limits: SendLimits, _ cost: SendCost, now: Date) {
    take(limits.account, calls: cost.calls, now: now)
    guard let rate = limits.media, cost.media > 0 else { return }
    media = MediaPace(
      spent: spentOnMedia(rate, now) + Double(cost.media), at: now,
      recent: Self.adding(cost.media, to: media?.recent, rate, now: now))
  }

  /// How much of the bucket is used up, from 0; 1 and above when nothing may go.
  func use(_ rate: SendRate?, now: Date) -> Double { rate.map { spent($0, now) / $0.burst } ?? 0 }

  private func spentOnMedia(_ rate: SendRate, _ now: Date) -> Double {
    media.map { max(0, $0.spent - max(0, now.timeIntervalSince($0.at)) * rate.perSecond) } ?? 0
  }

  private func spent(_ rate: SendRate, _ now: Date) -> Double {
    // A clock that went back gives nothing.
    max(0, spent - max(0, now.timeIntervalSince(at)) * rate.perSecond)
  }
}
