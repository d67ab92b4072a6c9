import Contracts
import Foundation
import JSON
import Models
import Pipeline
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

  private func text(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(#"{"text":"\#(text)"}"#.utf8))
  }

  private func received(_ message: MessageID) -> Event {
    event(MessageReceived.self, Array(#"{"facts":{"message":"\#(message)"}}"#.utf8))
  }

  private func replied(to message: MessageID, _ more: String) -> Event {
    event(
      ReplyGenerated.self,
      Array(#"{"facts":{"agent":"\#(AgentID(UUID()))","answers":["\#(message)"]\#(more)}}"#.utf8))
  }

  private func name(_ occasion: Rehearsal.Question.Occasion) -> String {
    switch occasion {
    case .asked: "asked"
    case .noAnswer: "no answer"
    case .modelFailed: "model failed"
    }
  }

  /// The agent's words for that no model answers are told as a fallback, whatever was asked.
  @Test func aFailureThatTheAgentHasWordsForIsOneOfTheModels() throws {
    let tried = #","tried":[{"model":"m","attempts":3,"reason":"timeout"}]"#
    for (facts, isFailure) in [
      (tried, true), (tried + #","withheld":"no-answer""#, false), (#","tried":[]"#, false), ("", false),
    ] {
      for said in ["Where is my order?", "Thanks!"] {
        var fold = ConversationFold()
        for _ in 0..<2 {
          let message = MessageID(UUID())
          try fold.apply(received(message), opened: text(said))
          try fold.apply(
            replied(to: message, #","kind":"fallback""# + facts), opened: text("Sorry."))
        }
        let before = try #require(fold.exchanges.last).earlier.map(name)
        let wanted = isFailure ? ["model failed"] : said == "Thanks!" ? [] : ["no answer"]
        #expect(before == ["asked"] + wanted, "\(said) \(facts)")
      }
    }
  }

  /// As the stage sees them: what becomes of one file alone says nothing of the whole.
  @Test func albumsAreWhatJoinSaysOfThem() throws {
    for album in ["", #","album":"a""#] {
      let (tenant, hmac) = (TenantID(UUID()), "hmac")
      let message = MessageID(providerHMAC: hmac, in: tenant)
      func event(_ type: EventType, _ value: [UInt8], source: String = "/tests") -> Event {
        Event(
          id: EventID(UUID()), type: type, topic: .conversations, key: StreamID(conversation),
          tenant: tenant, time: Date(), source: source, value: value)
      }
      let said = Array(#"{"facts":{"message":"\#(message)"\#(album)}}"#.utf8)
      let deleted = try MessageDeleted.value(
        .init(
          conversation: conversation, contact: ContactID(UUID()), connection: ConnectionID(UUID()),
          channel: .telegram, providerHMAC: hmac, providerTime: nil))
      for gone in [event(MessageEdited.type, said), event(MessageDeleted.type, deleted)] {
        var fold = ConversationFold()
        try fold.apply(event(MessageReceived.type, said), opened: text("Both"))
        try fold.apply(gone, opened: nil)
        try fold.apply(event(MessageEdited.type, said, source: "/stages/join"), opened: text("The rest"))
        try fold.apply(replied(to: message, #","kind":"model""#), opened: text("Yes."))
        let turns = try #require(fold.exchanges.last).turns.map(\.content)
        #expect(turns == (album.isEmpty ? [] : ["The rest"]), "\(gone.type)")
      }
    }
  }

  /// They tell the language of the fixed texts; as many of them as the stage looks back on.
  @Test func theTurnsThatASummaryStandsForAreKnown() throws {
    var fold = ConversationFold()
    func ask(_ question: String) throws {
      let message = MessageID(UUID())
      try fold.apply(received(message), opened: text(question))
      try fold.apply(replied(to: message, #","kind":"model""#), opened: text("Oui."))
    }
    for number in 1...3 { try ask("Question \(number)") }
    try fold.apply(
      event(ConversationSummarised.self, Array(#"{"facts":{"turns":4}}"#.utf8)), opened: text("S."))
    try ask("A-17")
    let last = try #require(fold.exchanges.last)
    #expect(last.before.map(\.content) == ["Question 1", "Oui.", "Question 2", "Oui."])
    #expect(last.turns.map(\.content) == ["Question 3", "Oui.", "A-17"])
    for _ in 0..<40 { try ask("A-17") }
    try fold.apply(
      event(ConversationSummarised.self, Array(#"{"facts":{"turns":80}}"#.utf8)), opened: text("S."))
    try ask("A-17")
    let late = try #require(fold.exchanges.last)
    #expect(late.turns.count == 9 && late.before.count == 51)
  }
}
