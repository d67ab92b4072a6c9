import Synchronization

package enum HistogramBuckets {
  /// Upper bounds in seconds: from a quarter of a millisecond, doubling, to about 33 seconds.
  package static let seconds: [Double] = (0..<18).map { 0.000_25 * Double(1 << $0) }

  /// The first bucket that `seconds` falls into; the number of bounds when it is above all of them.
  static func index(of seconds: Double) -> Int {
    var low = 0
    var high = Self.seconds.count
    while low < high {
      let middle = (low + high) / 2
      if seconds <= Self.seconds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

package final class Histogram: Sendable {
  private struct State {
    /// By bucket, not cumulated; the last is above all bounds.
    var counts = [UInt64](repeating: 0, count: HistogramBuckets.seconds.count + 1)
    var sum = 0.0
  }

  // Sum and counts are read as one, so one lock, held for two additions.
  private let state = Mutex(State())

  package func record(seconds: Double) {
    guard seconds.isFinite else { return }
    let index = HistogramBuckets.index(of: seconds)
    state.withLock { state in
      state.counts[index] += 1
      state.sum += seconds
    }
  }

  package func record(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    record(seconds: Double(seconds) + Double(attoseconds) / 1e18)
  }

  /// Of all that was recorded, in seconds.
  package var sum: Double { state.withLock { $0.sum } }

  package var count: UInt64 { state.withLock { $0.counts.reduce(0, +) } }

  func samples(_ labels: [String]) -> [Sample] {
    let state = state.withLock { $0 }
    var cumulated: UInt64 = 0
    var samples: [Sample] = []
    for (index, count) in state.counts.enumerated() {
      cumulated += count
      let bound = index < HistogramBuckets.seconds.count ? HistogramBuckets.seconds[index] : .infinity
      samples.append(Sample(suffix: "_bucket", labels: labels, le: bound, value: Double(cumulated)))
    }
    samples.append(Sample(suffix: "_sum", labels: labels, value: state.sum))
    samples.append(Sample(suffix: "_count", labels: labels, value: Double(cumulated)))
    return samples
  }
}

package final class HistogramFamily: MetricSource {
  private let series: Series<Histogram>

  init(_ series: Series<Histogram>) { self.series = series }

  package subscript(_ values: String...) -> Histogram { series[values] }

  func samples() async -> [Sample]? { series.all.flatMap { $0.metric.samples($0.labels) } }
}
