import Contracts
import Foundation

/// What retrieve has folded of one conversation.
package struct RetrieveState: Codable, Sendable {
  /// A message, its private part still sealed.
  struct Said: Codable, Sendable {
    let facts: MessageReceived.Facts
    let sealed: String
    let at: Date
  }

  /// What the contact last said while another app had the conversation, for as long as nobody is known to have answered: it
  /// is asked once that app gives it to us.
  var standby: Said?
  /// One of our own people has it; nil is no.
  var isOurs: Bool?

  /// A longer one is asked with the next message.
  private static let maximumSealed = 64 << 10

  mutating func fold(_ event: Event) throws {
    switch event.type {
    case MessageReceived.type where event.mayBeAnswered:
      let value = try MessageReceived.read(event)
      if value.facts.standby != true {
        standby = nil
      } else if value.facts.bytes > 0 {
        standby = Self.said(value, at: event.time)
      }
    case MessageEdited.type:
      let value = try MessageEdited.read(event)
      if let standby, value.facts.message == standby.facts.message {
        self.standby = Self.said(value, at: standby.at)
      }
    case MessageDeleted.type:
      let message = try MessageDeleted.read(event).facts.message(of: event.tenant)
      if message == standby?.facts.message { standby = nil }
    case MessageEchoed.type, MessageComposed.type: standby = nil
    case ConversationHandedOver.type where event.isTakenByUs: isOurs = true
    case ConversationReleased.type where event.isPassed: standby = nil
    case ConversationReleased.type: isOurs = nil
    case ConversationResolved.type: (standby, isOurs) = (nil, nil)
    default: break
    }
  }

  /// What is asked now; nil when `event` does not say that the conversation is ours, when one of our own people has it, or
  /// nobody waits for that any more.
  func asked(by event: Event) -> Said? {
    guard event.isPassed, isOurs != true, let standby,
      GenerateState.waits(since: standby.at, at: event.time)
    else { return nil }
    return standby
  }

  private static func said<Spec: EventSpec>(_ value: EventValue<Spec>, at time: Date) -> Said?
  where Spec.Facts == MessageReceived.Facts {
    guard let sealed = value.private, value.facts.bytes > 0, sealed.utf8.count <= maximumSealed else {
      return nil
    }
    return Said(facts: value.facts, sealed: sealed, at: time)
  }
}

extension Event {
  /// Whether it says that another app gave the conversation to us.
  package var isPassed: Bool {
    type == ConversationReleased.type
      && (try? ConversationReleased.read(self).facts.reason) == ConversationFacts.passed
  }

  /// Whether it says that one of our own people took the conversation.
  package var isTakenByUs: Bool {
    type == ConversationHandedOver.type && (try? ConversationHandedOver.read(self).facts.isOurs) == true
  }
}
