import Foundation
import Histogram
import JSON

/// What a benchmark came to.
struct BenchResult: Sendable {
  let name: String
  /// Units of work per second.
  let rate: Double
  /// The same for the raw operation, measured in the same run.
  let ceiling: Double
  var ratio: Double { ceiling > 0 ? rate / ceiling : 0 }
  let p50: Double
  let p95: Double
  let p99: Double
  /// Of this process, per million units of work.
  let cpuSecondsPerMillion: Double
  /// Further figures, by name.
  var more: [String: Double] = [:]
  let notes: String
  /// What the figures are to be.
  var goals: [BenchGoal] = []

  func print(asJSON: Bool) throws {
    if asJSON {
      Swift.print(String(decoding: try JSON.encode(Line(self)), as: UTF8.self))
      return
    }
    Swift.print(
      String(
        format: """
          %@
            rate     %10.0f /s      ceiling %10.0f /s      ratio %.2f
            latency  p50 %.2f ms   p95 %.2f ms   p99 %.2f ms
            cpu      %.1f s per million
          """, name, rate, ceiling, ratio, p50, p95, p99, cpuSecondsPerMillion))
    for (key, value) in more.sorted(by: { $0.key < $1.key }) {
      // Of shares, the third digit counts.
      Swift.print("  \(key)  \(String(format: abs(value) < 10 ? "%.4f" : "%.2f", value))")
    }
    Swift.print("  \(notes)")
    for goal in goals { Swift.print("  \(goal.description)") }
  }

  private struct Line: Encodable {
    let result: BenchResult
    init(_ result: BenchResult) { self.result = result }

    enum CodingKeys: String, CodingKey {
      case name, rate, ceiling, ratio
      case p50 = "p50_ms"
      case p95 = "p95_ms"
      case p99 = "p99_ms"
      case cpu = "cpu_seconds_per_million"
      case more, notes, goals
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(result.name, forKey: .name)
      try container.encode(result.rate, forKey: .rate)
      try container.encode(result.ceiling, forKey: .ceiling)
      try container.encode(result.ratio, forKey: .ratio)
      try container.encode(result.p50, forKey: .p50)
      try container.encode(result.p95, forKey: .p95)
      try container.encode(result.p99, forKey: .p99)
      try container.encode(result.cpuSecondsPerMillion, forKey: .cpu)
      try container.encode(result.more, forKey: .more)
      try container.encode(result.notes, forKey: .notes)
      try container.encode(result.goals, forKey: .goals)
    }
  }
}

/// Latencies of many tasks, from 1 µs to 10 minutes with three digits.
final class Latencies: Sendable {
  private let histogram: LockedHistogram

  init() { histogram = LockedHistogram() }

  func record(_ duration: Duration) { histogram.record(UInt64(max(1, duration / .microseconds(1)))) }

  var count: Int { histogram.count }

  /// In milliseconds.
  func percentile(_ percent: Double) -> Double { Double(histogram.value(percent)) / 1_000 }
}

private final class LockedHistogram: Sendable {
  private let lock = NSLock()
  // Only touched while `lock` is held.
  nonisolated(unsafe) private var histogram = Histogram<UInt64>(
    lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)

  func record(_ value: UInt64) { lock.withLock { _ = histogram.record(min(value, 600_000_000)) } }
  var count: Int { lock.withLock { Int(histogram.totalCount) } }
  func value(_ percent: Double) -> UInt64 { lock.withLock { histogram.valueAtPercentile(percent) } }
}

/// CPU seconds of all that runs on this machine, Postgres and whatever else: proc_stat(5).
func machineSeconds() -> Double {
  let line = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?.split(separator: "\n").first ?? ""
  let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
  // user, nice, system, idle, iowait, irq, softirq, steal; guests are counted as user already.
  let busy = ticks.prefix(8).enumerated().filter { $0.offset != 3 && $0.offset != 4 }.reduce(0) {
    $0 + $1.element
  }
  return busy / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// CPU seconds, user and system, of this process, or of its children that have ended.
func processorSeconds(ofChildren: Bool = false) -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t((ofChildren ? RUSAGE_CHILDREN : RUSAGE_SELF).rawValue), &usage)
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
