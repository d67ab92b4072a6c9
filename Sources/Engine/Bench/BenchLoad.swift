import HTTPClient

/// A fixed number of clients, each of which sends its next request once the last one is answered.
struct BenchLoad: Sendable {
  struct Measured: Sendable {
    /// Answers per second.
    let rate: Double
    let latencies: Latencies
    /// CPU seconds of this process, clients included, per million answers.
    let cpu: Double
    /// The mean length of an answer's body.
    let bytes: Double
  }

  let clients: Int
  let seconds: Double

  /// - Parameter request: makes the request with this number; clients number theirs apart.
  func run(_ request: @escaping @Sendable (Int) -> HTTPRequest) async throws -> Measured {
    let client = HTTPClient(maximumConcurrentRequests: clients)
    defer { client.shutdown() }
    let latencies = Latencies()
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    let cpu = processorSeconds()
    let bytes = try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<clients {
        group.addTask {
          var bytes = 0
          // A prime apart, so that clients do not ask for the same things.
          var number = index * 7_919
          while clock.now < end {
            let begun = clock.now
            let response = try await client.send(request(number))
            latencies.record(clock.now - begun)
            guard response.status == 200 else {
              throw BenchError(
                "status \(response.status): \(String(decoding: response.body.prefix(500), as: UTF8.self))")
            }
            bytes += response.body.count
            number += 1
          }
          return bytes
        }
      }
      return try await group.reduce(0, +)
    }
    let count = Double(max(1, latencies.count))
    return Measured(
      rate: count / ((clock.now - start) / .seconds(1)), latencies: latencies,
      cpu: (processorSeconds() - cpu) / count * 1e6, bytes: Double(bytes) / count)
  }
}
