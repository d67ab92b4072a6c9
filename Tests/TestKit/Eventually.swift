/// Asks again until there is an answer. What another process or the database does gives no signal to wait for,
/// so there is a short pause between the questions.
@discardableResult
package func eventually<R>(
  _ what: String, within limit: Duration = .seconds(60), _ ask: () async throws -> R?
) async throws -> R {
  let clock = ContinuousClock()
  let end = clock.now + limit
  while true {
    if let answer = try await ask() { return answer }
    guard clock.now < end else { throw TestSetupError("not within \(limit): \(what)") }
    try await clock.sleep(for: .milliseconds(20))
  }
}
