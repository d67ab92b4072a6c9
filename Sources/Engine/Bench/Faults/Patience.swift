/// What the bench itself asks of a server whose sessions it ends: that one was ended shows only when it is used.
enum Patience {
  /// Does it again until it succeeds; what failed last is thrown when that takes longer than this.
  static func whileItFails<R>(
    for limit: Duration = .seconds(30), _ body: () async throws -> R
  ) async throws -> R {
    let end = ContinuousClock.now + limit
    while true {
      do { return try await body() } catch {
        guard !(error is CancellationError), ContinuousClock.now < end else { throw error }
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
