import Synchronization

package final class Gauge: Sendable {
  private let bits = Atomic<UInt64>(0)

  package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  package func add(_ amount: Double) {
    var current = bits.load(ordering: .relaxed)
    while true {
      let sum = (Double(bitPattern: current) + amount).bitPattern
      let (done, original) = bits.weakCompareExchange(expected: current, desired: sum, ordering: .relaxed)
      if done { return }
      current = original
    }
  }

  package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

package final class GaugeFamily: MetricSource {
  private let series: Series<Gauge>

  init(_ series: Series<Gauge>) { self.series = series }

  package subscript(_ values: String...) -> Gauge { series[values] }

  func samples() async -> [Sample]? { series.all.map { Sample(labels: $0.labels, value: $0.metric.value) } }
}
