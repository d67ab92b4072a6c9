import Foundation

/// What a transaction that stands idle elsewhere costs the log, and whether that is too much. Pure.
///
/// What is measured beside it is held against as long a time without, half of it before and half behind: a log that grows
/// becomes no quicker.
package struct IdleTransactionCost: Sendable {
  package struct Half: Sendable {
    package let appends: Int
    /// Of an append, in milliseconds.
    package let median: Double
    /// From an append's acknowledgement to its record at a reader: the 99th percentile, in milliseconds.
    package let lag: Double

    package init(appends: Int, median: Double, lag: Double) {
      self.appends = appends
      self.median = median
      self.lag = lag
    }
  }

  /// In milliseconds, added at the 99th percentile; less than `mostLag`.
  package let lag: Double
  /// In percent: of the appends in a second, and of the time that one takes at the median; each less than `mostCost`.
  package let rate: Double
  package let time: Double
  /// How long the transaction stood, in seconds.
  private let stood: Double

  package static let mostLag = 100.0
  package static let mostCost = 10.0
  /// Only of a transaction that stood so many seconds it is said that it costs too much: both halves of a short run
  /// differ by chance.
  package static let judged = 600.0

  package init(_ idle: Half, beside free: Half, stood: Double) {
    lag = idle.lag - free.lag
    rate = (1 - Double(idle.appends) / Double(max(1, free.appends))) * 100
    time = (idle.median / max(0.001, free.median) - 1) * 100
    self.stood = stood
  }

  package var isMet: Bool { isLagMet && isAppendMet }
  package var isTooMuch: Bool { stood >= Self.judged && !isMet }
  private var isLagMet: Bool { lag < Self.mostLag }
  private var isAppendMet: Bool { max(rate, time) < Self.mostCost }

  /// For people, with what is allowed.
  package var verdicts: [String] {
    func judged(_ isMet: Bool) -> String {
      (isMet ? "met" : "MISSED") + (stood < Self.judged ? ", too short to count" : "")
    }
    return [
      String(
        format: "a transaction idle for %.0f s added %.1f ms to the p99 of lag (limit %.0f ms: %@)",
        stood, lag, Self.mostLag, judged(isLagMet)),
      String(
        format: """
          a transaction idle for %.0f s cost appends %.1f %% of their rate and %.1f %% of their median time \
          (limit %.0f %%: %@)
          """, stood, rate, time, Self.mostCost, judged(isAppendMet)),
    ]
  }
}
