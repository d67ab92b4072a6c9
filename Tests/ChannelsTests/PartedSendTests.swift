import Testing

@testable import Channels

@Suite struct PartedSendTests {
  private static let busy = SendOutcome.notTaken(reason: "throttled", code: 429, retryAfter: .milliseconds(1))

  /// Sends three parts that are answered so, and tells which were sent.
  private func sent(
    _ answers: [SendOutcome], patience: Duration = .seconds(60)
  ) async -> (outcome: SendOutcome, parts: [Int]) {
    var parts: [Int] = []
    let outcome = await PartedSend(patience: patience)(3) { number in
      parts.append(number)
      return answers[parts.count - 1]
    }
    return (outcome, parts)
  }

  private func taken(_ id: String) -> SendOutcome { .accepted(providerID: id) }

  @Test func theFirstIsLeftToWhoeverSendsTheWhole() async {
    let (outcome, parts) = await sent([Self.busy])
    #expect(outcome == Self.busy && parts == [0])
  }

  @Test func laterOnesAreTriedAgainUntilTheyAreTaken() async {
    let (outcome, parts) = await sent([taken("a"), Self.busy, taken("b"), taken("c")])
    #expect(outcome == .accepted(providerID: "c", earlier: ["a", "b"]) && parts == [0, 1, 1, 2])
  }

  @Test(arguments: [
    SendOutcome.rejected(reason: "invalid-request", code: 400), .uncertain(reason: "timeout"),
    .notTaken(reason: "throttled", code: 429, retryAfter: .seconds(61)),
  ])
  func whatCannotBeHadIsUncertain(answer: SendOutcome) async {
    let (outcome, parts) = await sent([taken("a"), answer])
    #expect(outcome == .uncertain(reason: "partly-taken") && parts == [0, 1])
  }

  @Test func nothingToSendIsRefused() async {
    let outcome = await PartedSend()(0) { _ in .uncertain(reason: "never") }
    #expect(outcome == .rejected(reason: "empty-text", code: nil))
  }
}
