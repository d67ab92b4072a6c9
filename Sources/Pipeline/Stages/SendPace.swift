import Contracts
import Foundation

/// How often may be sent: `burst` at once, and `perSecond` in the long run.
struct SendRate: Sendable {
  let perSecond: Double
  let burst: Double
}

/// What a platform asks of those who send, where it says so in advance. The others say so when it is too much.
struct SendLimits: Sendable {
  var account: SendRate?
  var chat: SendRate?
  var thread: SendRate?

  /// - WhatsApp: 80 messages a second from a number unless Meta grants more (Cloud API, "Throughput"); to one person
  ///   one in six seconds, of which 45 may be had in advance ("Overview, Pair rate limits").
  /// - Messenger, Instagram: 300 calls a second of the Send API from a page or account ("Messenger Platform rate
  ///   limits"); the 10 a second for audio and video are left to Meta's refusal.
  /// - Telegram: about 30 messages a second in all, one a second to a chat with short bursts beyond, 20 a minute to a
  ///   group ("Bots FAQ", "My bot is hitting limits").
  /// - Parameter granted: how many a second the provider grants this account.
  static func of(_ channel: Channel, granted: Double? = nil) -> SendLimits {
    var limits =
      switch channel {
      case .whatsapp:
        SendLimits(
          account: SendRate(perSecond: 80, burst: 80), chat: SendRate(perSecond: 1.0 / 6, burst: 45))
      case .messenger, .instagram: SendLimits(account: SendRate(perSecond: 300, burst: 300))
      case .telegram:
        SendLimits(
          account: SendRate(perSecond: 30, burst: 30), chat: SendRate(perSecond: 1, burst: 3),
          thread: SendRate(perSecond: 20.0 / 60, burst: 3))
      default: SendLimits()
      }
    if let granted { limits.account = SendRate(perSecond: granted, burst: max(1, granted)) }
    return limits
  }
}

/// A token bucket that the provider can close for a time.
struct SendPace: Codable, Sendable, Equatable {
  /// How far the bucket is from being full, at `at`.
  private(set) var spent = 0.0
  private(set) var at = Date(timeIntervalSince1970: 0)
  private(set) var closedUntil: Date?

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

  private func spent(_ rate: SendRate, _ now: Date) -> Double {
    // A clock that went back gives nothing.
    max(0, spent - max(0, now.timeIntervalSince(at)) * rate.perSecond)
  }
}
