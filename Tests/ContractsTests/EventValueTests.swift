import Contracts
import Crypto
import Foundation
import JSON
import Testing

@Suite struct EventValueTests {
  private let key = SealingKey(id: KeyID(UUID.version7()), key: SymmetricKey(size: .bits256))
  private let facts = MessageComposed.Facts(
    conversation: ConversationID(UUID.version7()),
    message: MessageID(UUID.version7()),
    bytes: 3
  )
  private let content = MessageComposed.Private(text: "hey")

  @Test func aValueKeepsItsFactsInClearAndItsPrivatePartSealed() throws {
    let bytes = try MessageComposed.value(facts, private: content, sealedWith: key)
    let value = try MessageComposed.read(event("message.composed", bytes))
    #expect(value.facts == facts)
    #expect(try value.keyID == key.id)
    #expect(try value.opened(with: key) == content)
    #expect(try members(of: bytes) == ["facts", "private"])
  }

  @Test func aPrivatePartIsNotWrittenWithoutAKey() {
    #expect(throws: EventError.privateWithoutKey("message.composed")) {
      try MessageComposed.value(facts, private: content)
    }
  }

  @Test func aValueWithoutAPrivatePartHasNoSuchMember() throws {
    let bytes = try MessageComposed.value(facts)
    let value = try MessageComposed.read(event("message.composed", bytes))
    #expect(try value.opened(with: key) == nil)
    #expect(try value.keyID == nil)
    #expect(try members(of: bytes) == ["facts"])
  }

  @Test func anEventOfAnotherTypeIsNotRead() throws {
    let other = event("message.received", try MessageComposed.value(facts))
    #expect(throws: EventError.unexpectedType("message.received", expected: "message.composed")) {
      try MessageComposed.read(other)
    }
  }

  @Test(arguments: ["", "{", "[]", #"{"facts":{}}"#, #"{"private":"x"}"#, #"{"facts":null}"#, "\u{0}"])
  func aValueThatIsNoneIsNamedByItsEvent(text: String) {
    let event = event("message.composed", Array(text.utf8))
    let thrown = #expect(throws: EventError.self) { try MessageComposed.read(event) }
    guard case .malformedValue(event.id, _) = thrown else {
      Issue.record("\(String(describing: thrown))")
      return
    }
  }

  @Test func aFieldThatALaterVersionAddedIsPassedOver() throws {
    let later = try Tree(parsing: MessageComposed.value(facts, private: content, sealedWith: key))
      .replacing(["facts", "mood"], with: "bright").replacing(["attachments"], with: [])
    let value = try MessageComposed.read(event("message.composed", later.bytes))
    #expect(value.facts == facts)
  }

  private func members(of value: [UInt8]) throws -> [String] {
    try Tree(parsing: value).object?.keys.sorted() ?? []
  }

  private func event(_ type: EventType, _ value: [UInt8]) -> Event {
    Event(
      id: EventID(UUID.version7()),
      type: type,
      topic: .conversations,
      key: StreamID(facts.conversation),
      tenant: TenantID(UUID.version7()),
      time: Date(),
      source: "/api",
      value: value
    )
  }
}
