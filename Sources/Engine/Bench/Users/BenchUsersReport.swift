import Foundation

/// What the visitors of a run saw, and what they cost.
struct BenchUsersReport: Sendable {
  /// Of every message that was answered.
  struct Latencies: Sendable {
    /// From the post to the first token on the stream, less what the model itself took to it.
    let firstToken = aigentable.Latencies()
    /// Likewise for the whole reply.
    let beyondModel = aigentable.Latencies()
    /// From the post to the whole reply on the stream, with the model.
    let replies = aigentable.Latencies()

    func record(_ measured: BenchVisitor.Measured, _ model: BenchUsersModel.Times?) {
      replies.record(measured.reply)
      // Of several messages that one reply answers, the model was asked with the last one at the end.
      guard let model else { return }
      beyondModel.record(measured.reply - model.whole)
      if let first = measured.firstToken { firstToken.record(first - model.firstToken) }
    }
  }

  let latencies: Latencies
  let lost: Int
  let refused: Int
  let problems: [String]
  let seconds: Double
  /// CPU of the engine's process.
  let engineSeconds: Double
  /// Memory of the engine's process for each visitor: connected and quiet, and at the run's peak.
  let idleBytes: Double
  let peakBytes: Double
  let profile: ProcessorProfile

  func result(users: Int, interval: Double) -> BenchResult {
    let answered = latencies.replies.count
    var more = [
      "messages answered": Double(answered), "messages lost": Double(lost),
      "out of order or doubled": Double(
        problems.filter { $0.contains("order") || $0.contains("twice") }.count),
      "posts refused and tried again": Double(refused),
      "KiB of memory a visitor, connected": idleBytes / 1_024,
      "KiB of memory a visitor, at the peak": peakBytes / 1_024,
      "us of cpu each, engine": engineSeconds / Double(max(1, answered)) * 1e6,
      "first tokens measured": Double(latencies.firstToken.count),
    ]
    for (name, values) in [
      ("whole reply, beyond the model's time", latencies.beyondModel),
      ("whole reply, with the model's time", latencies.replies),
    ] {
      for percent in [50.0, 95, 99] {
        more["\(name), p\(Int(percent)) ms"] = values.percentile(percent)
      }
    }
    more.merge(profile.each(of: answered)) { first, _ in first }
    return BenchResult(
      name: "users", rate: Double(answered) / seconds, ceiling: Double(users) / interval,
      p50: latencies.firstToken.percentile(50), p95: latencies.firstToken.percentile(95),
      p99: latencies.firstToken.percentile(99),
      cpuSecondsPerMillion: engineSeconds / Double(max(1, answered)) * 1e6, more: more,
      notes:
        "\(users) visitors, a message each every \(interval) s for \(Int(seconds)) s; the latency is to the "
        + "first token, beyond the model's own; the ceiling is what they write; this process holds visitors and model"
    )
  }
}
