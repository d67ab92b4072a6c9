import Testing

@testable import Channels

@Suite struct PartedSendTests {
  private static let busy = SendOutcome.notTaken(reason: "throttled", code: 429, retryAfter: .seconds(61))

  /// Sends three parts that are answered so, and tells which were sent.
  private func sent(
    _ answers: SendOutcome..., after taken: [String] = []
  ) async -> (outcome: SendOutcome, parts: [Int]) {
    var parts: [Int] = []
    let outcome = await PartedSend.send(3, after: taken) { number in
      parts.append(number)
      return answers[parts.count - 1]
    }
    return (outcome, parts)
  }

  private func taken(_ id: String) -> SendOutcome { .accepted(providerID: id) }

  @Test func theFirstIsLeftToWhoeverSendsTheWhole() async {
    let (outcome, parts) = await sent(Self.busy)
    #expect(outcome == Self.busy && parts == [0])
  }

  @Test func whatIsRefusedBehindTheFirstSaysWhatWasTakenAndGoesOnBehindIt() async {
    let (refused, parts) = await sent(taken("a"), Self.busy)
    #expect(
      refused == .partlyTaken(ids: ["a"], reason: "throttled", code: 429, retryAfter: .seconds(61))
        && parts == [0, 1])
    let (again, later) = await sent(Self.busy, after: ["a"])
    #expect(again == refused && later == [1])
    let (outcome, rest) = await sent(taken("b"), taken("c"), after: ["a"])
    #expect(outcome == .accepted(providerID: "c", earlier: ["a", "b"]) && rest == [1, 2])
  }

  @Test(arguments: [
    SendOutcome.rejected(reason: "invalid-request", code: 400), .uncertain(reason: "timeout"),
  ])
  func whatCannotBeHadIsUncertainAndSaysWhatWasTaken(answer: SendOutcome) async {
    let (outcome, parts) = await sent(taken("a"), taken("b"), answer)
    #expect(outcome == .uncertain(reason: "partly-taken", parts: ["a", "b"]) && parts == [0, 1, 2])
  }

  @Test func nothingToSendIsRefused() async {
    let outcome = await PartedSend.send(0, after: []) { _ in .uncertain(reason: "never") }
    #expect(outcome == .rejected(reason: "empty-text", code: nil))
    let planned = await PartedSend.send(1, after: ["a"]) { _ in .uncertain(reason: "never") }
    #expect(planned == .uncertain(reason: "partly-taken", parts: ["a"]))
  }
}
