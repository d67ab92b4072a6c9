import Contracts
import Foundation
import Testing

@testable import Pipeline

/// Who has a conversation, by what generate and retrieve fold of it.
@Suite struct HolderTests {
  private let conversation = ConversationID(UUID())

  private func event<Spec: EventSpec>(
    _: Spec.Type, _ reason: String, isOurs: Bool? = nil
  ) throws -> Event where Spec.Facts == ConversationFacts {
    try event(
      Spec.self, Spec.value(.init(conversation: conversation, reason: reason, isOurs: isOurs)))
  }

  private func event<Spec: EventSpec>(_: Spec.Type, _ value: [UInt8]) -> Event {
    Event(
      id: EventID(UUID()), type: Spec.type, topic: Spec.topic, key: StreamID(conversation),
      tenant: TenantID(UUID()), time: Date(timeIntervalSince1970: 1_772_000_000), source: "/tests",
      value: value)
  }

  private func isHeld(after events: [Event]) -> Bool {
    var state = GenerateState()
    for event in events { state.noteHolder(event) }
    return state.isHeld
  }

  @Test func whatAnotherAppPassesEndsThePauseThatAnotherBegan() throws {
    let passed = try event(ConversationReleased.self, ConversationFacts.passed)
    for reason in ["echo", "asked"] {
      let taken = try event(ConversationHandedOver.self, reason)
      #expect(isHeld(after: [taken]) && !isHeld(after: [taken, passed]))
    }
    // As take-overs were written before they said whose they are.
    #expect(try !isHeld(after: [event(ConversationHandedOver.self, "api"), passed]))
  }

  @Test func aTakeOverOfOurOwnStandsUntilItIsReleasedOrResolved() throws {
    let taken = try event(ConversationHandedOver.self, "api", isOurs: true)
    let echoed = try event(ConversationHandedOver.self, "echo")
    let passed = try event(ConversationReleased.self, ConversationFacts.passed)
    #expect(isHeld(after: [taken, passed]))
    #expect(isHeld(after: [echoed, taken, passed, passed]) && isHeld(after: [taken, echoed, passed]))
    for end in [try event(ConversationReleased.self, "api"), try event(ConversationResolved.self, "api")] {
      #expect(!isHeld(after: [taken, passed, end]))
      // It is over: the next pause is as any other.
      #expect(isHeld(after: [taken, end, echoed]) && !isHeld(after: [taken, end, echoed, passed]))
    }
  }

  @Test(arguments: [true, nil]) func whatWasSaidToAnotherAppIsTakenUpUnlessOneOfOursHasIt(_ isOurs: Bool?)
    throws
  {
    let taken = try event(ConversationHandedOver.self, "api", isOurs: isOurs)
    let passed = try event(ConversationReleased.self, ConversationFacts.passed)
    let message = MessageID(UUID())
    var generate = GenerateState()
    generate.standby = GenerateState.Pending(message: message, receivedAt: passed.time, sealed: "sealed")
    for event in [taken, passed] { generate.noteHolder(event) }
    generate.takeUp(at: passed.time)
    #expect(generate.pending.map(\.message) == (isOurs == true ? [] : [message]))
    #expect(generate.standby == nil)

    var retrieve = RetrieveState()
    retrieve.standby = RetrieveState.Said(
      facts: .init(
        message: message, conversation: conversation, contact: ContactID(UUID()),
        connection: ConnectionID(UUID()), channel: .messenger, kind: .text, providerHMAC: "h1",
        providerTime: nil, bytes: 5),
      sealed: "sealed", at: passed.time)
    try retrieve.fold(taken)
    #expect((retrieve.asked(by: passed) == nil) == (isOurs == true))
    try retrieve.fold(passed)
    #expect(retrieve.standby == nil && retrieve.isOurs == isOurs)
    try retrieve.fold(event(ConversationReleased.self, "api"))
    #expect(retrieve.isOurs == nil)
  }
}
