import Synchronization

/// The metrics of one process: counters, gauges and histograms, written out in Prometheus's text format.
///
/// A name is made once; making it again with the same kind and label names gives the same family. Each family
/// holds at most `maximumSeries` combinations of label values: what comes beyond is counted under `other`, so
/// that no input can fill memory.
package final class Metrics: Sendable {
  package static let maximumSeries = 500

  private let families = Mutex<[String: Family]>([:])

  package init() {}

  /// Only ever grows. By convention its name ends in `_total`.
  package func counter(_ name: String, _ help: String, labels: [String] = []) -> CounterFamily {
    make(name, help, labels, .counter) { CounterFamily(Series(labels: labels) { Counter() }) }
  }

  /// Goes up and down.
  package func gauge(_ name: String, _ help: String, labels: [String] = []) -> GaugeFamily {
    make(name, help, labels, .gauge) { GaugeFamily(Series(labels: labels) { Gauge() }) }
  }

  /// A gauge that is measured when it is asked for. Replaces an earlier measure of the same name.
  ///
  /// - Parameter measure: label values with what was measured; each needs as many values as there are
  ///   `labels`. It may wait, but the answer to a scrape waits with it. What it throws leaves the family out.
  package func gauge(
    _ name: String, _ help: String, labels: [String] = [],
    measure: @escaping @Sendable () async throws -> [Measured]
  ) {
    check(name, labels)
    let measured = MeasuredGauge(labels: labels, measure: measure)
    families.withLock {
      $0[name] = Family(name: name, help: help, kind: .gauge, labels: labels, source: measured)
    }
  }

  /// Durations in seconds, in the buckets of `HistogramBuckets.seconds`. Its name ends in `_seconds`.
  package func histogram(_ name: String, _ help: String, labels: [String] = []) -> HistogramFamily {
    make(name, help, labels, .histogram) { HistogramFamily(Series(labels: labels) { Histogram() }) }
  }

  private func make<F: MetricSource>(
    _ name: String, _ help: String, _ labels: [String], _ kind: MetricKind, _ new: () -> F
  ) -> F {
    check(name, labels)
    return families.withLock { families in
      if let known = families[name] {
        guard let family = known.source as? F, known.labels == labels else {
          preconditionFailure("metric \(name) was made before, of another kind or with other labels")
        }
        return family
      }
      let made = new()
      families[name] = Family(name: name, help: help, kind: kind, labels: labels, source: made)
      return made
    }
  }

  /// Names are written by programmers, so a wrong one is a programming error.
  private func check(_ name: String, _ labels: [String]) {
    precondition(MetricName.isMetric(name), "metric name \(name) is outside of [a-zA-Z_:][a-zA-Z0-9_:]*")
    for label in labels {
      precondition(MetricName.isLabel(label), "label name \(label) is outside of [a-zA-Z_][a-zA-Z0-9_]*")
    }
  }

  /// All families by name, in the text format 0.0.4.
  package func exposition() async -> String {
    let sorted = families.withLock { $0.values.sorted { $0.name < $1.name } }
    var text = Exposition()
    for family in sorted {
      guard let samples = await family.source.samples(), !samples.isEmpty else { continue }
      text.add(family, samples)
    }
    return text.text
  }

  /// The media type of `exposition`.
  package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"
}

/// One value of a gauge that was measured on demand.
package struct Measured: Sendable, Equatable {
  package let labels: [String]
  package let value: Double
  package init(_ value: Double, labels: [String] = []) {
    self.labels = labels
    self.value = value
  }
}

enum MetricKind: String { case counter, gauge, histogram }

struct Family: Sendable {
  let name: String
  let help: String
  let kind: MetricKind
  let labels: [String]
  let source: any MetricSource
}

/// Where the samples of a family come from.
protocol MetricSource: AnyObject, Sendable {
  /// nil when they cannot be had now.
  func samples() async -> [Sample]?
}

/// One line of the text format.
struct Sample: Sendable, Equatable {
  /// What follows the family's name: nothing, `_bucket`, `_sum`, `_count`.
  var suffix = ""
  var labels: [String]
  /// The bound of a bucket.
  var le: Double?
  var value: Double
}

final class MeasuredGauge: MetricSource {
  private let labels: [String]
  private let measure: @Sendable () async throws -> [Measured]

  init(labels: [String], measure: @escaping @Sendable () async throws -> [Measured]) {
    self.labels = labels
    self.measure = measure
  }

  func samples() async -> [Sample]? {
    guard let measured = try? await measure() else { return nil }
    var seen: Set<[String]> = []
    return measured.prefix(Metrics.maximumSeries)
      .filter { $0.labels.count == labels.count && seen.insert($0.labels).inserted }
      .map { Sample(labels: $0.labels, value: $0.value) }
  }
}
