/// Sends a message that takes several calls, one after the other.
///
/// Once a part was taken, the message cannot be sent again as a whole: that would repeat it. A later part that was
/// certainly not taken is tried again here, as often as `patience` allows; when it cannot be had, the outcome is
/// uncertain, with the reason `partly-taken`.
package struct PartedSend: Sendable {
  /// How long all the parts behind the first may wait for the provider together.
  var patience = Duration.seconds(60)

  package init() {}

  init(patience: Duration) { self.patience = patience }

  /// - Parameter part: sends the part with this number.
  func callAsFunction(_ count: Int, _ part: (_ number: Int) async -> SendOutcome) async -> SendOutcome {
    var outcome = SendOutcome.rejected(reason: "empty-text", code: nil)
    var patience = patience
    var taken: [String] = []
    for number in 0..<count {
      outcome = await part(number)
      var backoff = Duration.seconds(1)
      while number > 0, case .notTaken(_, _, let retryAfter) = outcome {
        let wait = max(retryAfter ?? .zero, backoff * Double.random(in: 0.75...1.25))
        guard wait <= patience, (try? await Task.sleep(for: wait)) != nil else { break }
        patience -= wait
        backoff *= 2
        outcome = await part(number)
      }
      guard case .accepted(let id, _) = outcome else {
        return number == 0 ? outcome : .uncertain(reason: "partly-taken")
      }
      taken.append(id)
    }
    guard let last = taken.popLast() else { return outcome }
    return .accepted(providerID: last, earlier: taken)
  }
}
