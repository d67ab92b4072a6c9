import Contracts
import Foundation
import JSON
import Testing

@testable import Replay

struct ConversationFoldTests {
  private let conversation = ConversationID(UUID())

  private func event<Spec: EventSpec>(_ spec: Spec.Type, _ value: [UInt8]) -> Event {
    Event(
      id: EventID(UUID()), type: Spec.type, topic: Spec.topic, key: StreamID(conversation),
      tenant: TenantID(UUID()), time: Date(), source: "/tests", value: value)
  }

  /// Those of before labels were sealed stand among the facts; of an erased contact there are none.
  @Test func labelsAreReadAsTheyWereWrittenAndAsTheyAreSealed() throws {
    let clear = event(
      ConversationLabelled.self,
      try ConversationLabelled.value(.init(conversation: conversation, labels: ["before"])))
    let sealed = event(
      ConversationLabelled.self,
      Array(#"{"facts":{"conversation":"\#(conversation)","labels":[]},"private":"sealed"}"#.utf8))
    let answered = event(
      ReplyFailed.self,
      try ReplyFailed.value(
        .init(
          conversation: conversation, answers: [MessageID(UUID())], agent: AgentID(UUID()), agentVersion: 1,
          reason: "timeout", attempts: 1, known: KnownOffsets(agents: .zero, tenants: .zero))))
    let opened = try JSONValue(parsing: Array(#"{"labels":["vip"]}"#.utf8))
    var fold = ConversationFold()
    for (labelled, opened) in [(clear, nil), (sealed, opened), (clear, nil), (sealed, nil)] {
      try fold.apply(labelled, opened: opened)
      try fold.apply(answered, opened: nil)
    }
    #expect(fold.exchanges.map(\.labels) == [["before"], ["vip"], ["before"], []])
  }
}
