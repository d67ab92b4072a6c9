import Foundation
import Telemetry
import Testing

struct MetricsTests {
  @Test func theTextHasHelpTypeAndEscapedLabels() async {
    let metrics = Metrics()
    let refused = metrics.counter("refused_total", "Requests refused.\nBy \\reason.", labels: ["reason"])
    refused["a \"quoted\"\nline \\ é"].add(2)
    metrics.gauge("lag", "How far behind.")[].set(1.5)
    let text = await metrics.exposition()
    #expect(
      text == #"""
        # HELP lag How far behind.
        # TYPE lag gauge
        lag 1.5
        # HELP refused_total Requests refused.\nBy \\reason.
        # TYPE refused_total counter
        refused_total{reason="a \"quoted\"\nline \\ é"} 2

        """#)
  }

  @Test func aHistogramCumulatesItsBuckets() async {
    let metrics = Metrics()
    let latency = metrics.histogram("took_seconds", "How long it took.")[]
    for seconds in [0.000_1, 0.000_25, 0.003, 100] { latency.record(seconds: seconds) }
    latency.record(seconds: .nan)
    let lines = await metrics.exposition().split(separator: "\n")
    #expect(lines.contains(#"took_seconds_bucket{le="0.00025"} 2"#))
    #expect(lines.contains(#"took_seconds_bucket{le="0.004"} 3"#))
    #expect(lines.contains(#"took_seconds_bucket{le="+Inf"} 4"#))
    #expect(lines.contains("took_seconds_count 4"))
    #expect(latency.count == 4)
  }

  @Test func labelValuesBeyondTheBoundAreCountedTogether() async {
    let metrics = Metrics()
    let seen = metrics.counter("seen_total", "Seen.", labels: ["who"])
    for number in 0..<2_000 { seen["visitor \(number)"].add() }
    let text = await metrics.exposition()
    #expect(text.split(separator: "\n").count { $0.hasPrefix("seen_total{") } == Metrics.maximumSeries)
    #expect(text.contains(#"seen_total{who="other"} \#(2_000 - (Metrics.maximumSeries - 1))"#))
  }

  @Test func measuredGaugesAreAskedAtEveryScrape() async {
    let metrics = Metrics()
    metrics.gauge("waiting", "Waiting.", labels: ["stage"]) { [Measured(3, labels: ["deliver"])] }
    struct Away: Error {}
    metrics.gauge("broken", "Never known.") { throw Away() }
    let text = await metrics.exposition()
    #expect(text.contains(#"waiting{stage="deliver"} 3"#))
    #expect(!text.contains("broken"))
  }

  @Test func concurrentAdditionsAreAllCounted() async {
    let metrics = Metrics()
    let count = metrics.counter("count_total", "Count.")[]
    let gauge = metrics.gauge("level", "Level.")[]
    let latency = metrics.histogram("wait_seconds", "Wait.")[]
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<10_000 {
            count.add()
            gauge.add(1)
            latency.record(.milliseconds(1))
          }
        }
      }
    }
    #expect(count.value == 80_000)
    #expect(gauge.value == 80_000)
    #expect(latency.count == 80_000)
  }

  @Test func theSameNameGivesTheSameFamily() {
    let metrics = Metrics()
    metrics.counter("again_total", "Again.", labels: ["a"])["x"].add()
    #expect(metrics.counter("again_total", "Again.", labels: ["a"])["x"].value == 1)
  }

  @Test func prometheusOwnCheckerAcceptsTheText() async throws {
    let metrics = Metrics()
    metrics.counter("requests_total", "Requests.", labels: ["route", "status"])["/v1/{id}", "200"].add()
    metrics.histogram("request_duration_seconds", "How long.", labels: ["route"])["a\\b\"c\nd"].record(
      seconds: 0.2)
    metrics.gauge("lag_events", "Lag.") { [Measured(.infinity)] }
    let checker = Process()
    checker.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    checker.arguments = ["promtool", "check", "metrics"]
    let input = Pipe()
    let output = Pipe()
    checker.standardInput = input
    checker.standardOutput = output
    checker.standardError = output
    try checker.run()
    try input.fileHandleForWriting.write(contentsOf: Data(await metrics.exposition().utf8))
    try input.fileHandleForWriting.close()
    let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    checker.waitUntilExit()
    #expect(checker.terminationStatus == 0, "promtool (Debian package prometheus): \(said)")
  }
}
