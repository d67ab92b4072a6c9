import Synchronization

package final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)

  package func add(_ amount: Int = 1) {
    precondition(amount >= 0, "a counter only grows")
    count.wrappingAdd(UInt64(amount), ordering: .relaxed)
  }

  package var value: UInt64 { count.load(ordering: .relaxed) }
}

package final class CounterFamily: MetricSource {
  private let series: Series<Counter>

  init(_ series: Series<Counter>) { self.series = series }

  package subscript(_ values: String...) -> Counter { series[values] }

  func samples() async -> [Sample]? {
    series.all.map { Sample(labels: $0.labels, value: Double($0.metric.value)) }
  }
}
