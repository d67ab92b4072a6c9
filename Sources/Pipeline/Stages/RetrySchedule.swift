import EventLog
import Foundation

/// When a call that the other side did not take is made again: soon after the first failures, and every few minutes while
/// an outage lasts, for a quarter of an hour at the least and about half an hour at the most where no time is named. Where
/// one is, for no more than `maximumAttempts - 1` times `longestWait`, which are 70 minutes: the conversation waits behind it.
enum RetrySchedule {
  /// How often it is made in all.
  static let maximumAttempts = 15
  /// In seconds. Who asks to wait longer is asked again all the same, as the account is that a refusal closes.
  static let longestWait = 300.0

  /// For how many seconds to wait before the next try; nil when it was tried often enough.
  /// - Parameters:
  ///   - attempts: how often it was tried, at least once.
  ///   - retryAfter: for how many seconds the other side asks to wait.
  ///   - part: from 0.5 to 1: of the wait, so that many do not come at once.
  static func wait(
    after attempts: Int, retryAfter: Double?, part: Double = Surroundings.random(in: 0.5...1)
  ) -> Double? {
    guard attempts < maximumAttempts else { return nil }
    let backoff = min(pow(2, Double(attempts - 1)), longestWait) * part
    return max(min(retryAfter ?? 0, longestWait), backoff)
  }
}
