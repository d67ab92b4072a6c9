import Foundation

/// A fixed number of clients, each of which sends its next request once the last one is answered.
///
/// All of them are connections of one thread that waits for answers and looks at nothing but their length, so
/// that little of what is measured is the clients' own work.
struct BenchLoad: Sendable {
  struct Measured: Sendable {
    /// Answers per second.
    let rate: Double
    let latencies: Latencies
    /// CPU seconds of this process, clients included, per million answers.
    let cpu: Double
    /// CPU seconds of the clients, per million answers.
    let clientCPU: Double
    /// The mean length of an answer's body.
    let bytes: Double
  }

  /// On the loopback interface.
  let port: Int
  let clients: Int
  let seconds: Double

  /// - Parameter request: makes the bytes of the request with this number; clients number theirs apart.
  func run(_ request: @escaping @Sendable (Int) -> [UInt8]) async throws -> Measured {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread { continuation.resume(with: Result { try measure(request) }) }
      thread.name = "clients"
      thread.start()
    }
  }

  private func measure(_ request: (Int) -> [UInt8]) throws -> Measured {
    let latencies = Latencies()
    let clock = ContinuousClock()
    // A prime apart, so that clients do not ask for the same things.
    let all = try (0..<clients).map { try BenchClient(port: port, number: $0 * 7_919) }
    let start = clock.now
    let end = start + .seconds(seconds)
    let (cpu, clientCPU) = (processorSeconds(), threadSeconds())
    for client in all { try client.send(request(client.number), at: start) }
    var waiting = all.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    var left = clients
    var bytes = 0
    while left > 0 {
      guard poll(&waiting, nfds_t(waiting.count), 30_000) > 0 else { throw BenchError("no answer in 30 s") }
      for (index, ready) in waiting.enumerated() where ready.revents != 0 {
        guard let length = try all[index].receive() else { continue }
        bytes += length
        let now = clock.now
        latencies.record(now - all[index].sentAt)
        if now < end {
          try all[index].send(request(all[index].number), at: now)
        } else {
          // A negative descriptor is passed over.
          waiting[index].fd = -1
          left -= 1
        }
      }
    }
    let count = Double(max(1, latencies.count))
    return Measured(
      rate: count / ((clock.now - start) / .seconds(1)), latencies: latencies,
      cpu: (processorSeconds() - cpu) / count * 1e6,
      clientCPU: (threadSeconds() - clientCPU) / count * 1e6,
      bytes: Double(bytes) / count)
  }
}

/// CPU seconds of the calling thread.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
