import Synchronization

/// The metrics of one family by their label values, at most `Metrics.maximumSeries` of them.
final class Series<Metric: AnyObject & Sendable>: Sendable {
  private let labels: Int
  private let new: @Sendable () -> Metric
  private let known: Mutex<[[String]: Metric]>

  init(labels: [String], _ new: @escaping @Sendable () -> Metric) {
    self.labels = labels.count
    self.new = new
    // A family without labels is there from the start, at zero.
    known = Mutex(labels.isEmpty ? [[]: new()] : [:])
  }

  /// Hold on to what this returns where the values are known beforehand: it saves the look-up.
  subscript(values: [String]) -> Metric {
    precondition(values.count == labels, "\(values.count) label values instead of \(labels)")
    return known.withLock { known in
      if let metric = known[values] { return metric }
      let isFull = known.count >= Metrics.maximumSeries - 1
      let key = isFull ? [String](repeating: "other", count: labels) : values
      if let metric = known[key] { return metric }
      let made = new()
      known[key] = made
      return made
    }
  }

  /// In order of the label values.
  var all: [(labels: [String], metric: Metric)] {
    known.withLock { $0.map { (labels: $0.key, metric: $0.value) } }
      .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
  }
}
