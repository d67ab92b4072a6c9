import Contracts
import Foundation
import JSON
import Pipeline

/// Folds the events of one conversation, in order, into its messages as they then were, and whose turn it was. Pure.
struct TimelineMessages {
  private(set) var state = "open"
  private(set) var messages: [Timeline.Message] = []
  /// One of our own people has it.
  private var isOurs = false
  /// How far the platform says that a message has come, by the HMAC of its id there: it may say so before we know
  /// which of ours that is.
  private var told: [String: DeliveryStatus] = [:]
  private var sent: [String: (message: String, at: Date)] = [:]

  /// - Parameters:
  ///   - content: the private part, opened.
  ///   - isErased: there is one, and its key is gone.
  mutating func apply(_ event: Event, _ facts: JSONValue?, _ content: JSONValue?, isErased: Bool) throws {
    let id = facts?["message"]?.string
    func add(_ direction: String, by: String, _ status: String) {
      messages.append(
        Timeline.Message(
          id: id ?? event.id.description, direction: direction, by: by, text: content?["text"]?.string,
          status: status, at: event.time, isErased: isErased))
    }
    switch event.type {
    case MessageReceived.type: add("inbound", by: "contact", "received")
    case ReplyGenerated.type: add("outbound", by: "agent", "generated")
    case MessageComposed.type: add("outbound", by: "person", "generated")
    case MessageEchoed.type:
      add("outbound", by: "person", "sent")
      took(id, facts?["provider_hmac"]?.string, event.time)
    case MessageEdited.type:
      guard let index = index(id) else { return }
      messages[index].text = content?["text"]?.string
      messages[index].edits += 1
      // Of an album one file was taken back, and this is what is left.
      if event.isJoined { messages[index].isDeleted = content?["attachments"] == nil }
      messages[index].isErased = isErased
    case MessageDeleted.type:
      let gone = try MessageDeleted.read(event).facts.providerHMAC
      if let index = index("\(MessageID(providerHMAC: gone, in: event.tenant))") {
        messages[index].isDeleted = true
      }
    case DeliverySucceeded.type:
      raise(id, to: "sent")
      took(id, facts?["provider_hmac"]?.string, event.time)
    case DeliveryFailed.type: raise(id, to: "failed")
    case DeliveryUncertain.type: raise(id, to: "uncertain")
    case MessageStatus.type:
      let facts = try MessageStatus.read(event).facts
      told[facts.providerHMAC] = [told[facts.providerHMAC], facts.status].compactMap(\.self)
        .max { $0.rank < $1.rank }
      // Known by what was sent along, whatever became of the call's answer.
      if let message = facts.message, facts.part == nil {
        took("\(message)", facts.providerHMAC, event.time)
      } else if let message = sent[facts.providerHMAC]?.message {
        raise(message, to: facts.status.rawValue)
      }
    case MessageProgress.type:
      let facts = try MessageProgress.read(event).facts
      for (message, at) in sent.values where at <= facts.until { raise(message, to: facts.status.rawValue) }
    case ConversationHandedOver.type:
      state = "handed-over"
      if event.isTakenByUs { isOurs = true }
    case ConversationReleased.type where event.isPassed && isOurs: break
    case ConversationReleased.type: (state, isOurs) = ("open", false)
    case ConversationReopened.type: state = "open"
    case ConversationResolved.type: (state, isOurs) = ("resolved", false)
    default: break
    }
  }

  private func index(_ id: String?) -> Int? { id.flatMap { id in messages.lastIndex { $0.id == id } } }

  /// From here on we know which of ours the platform means.
  private mutating func took(_ id: String?, _ hmac: String?, _ at: Date) {
    guard let id, let hmac else { return }
    if sent[hmac] == nil { sent[hmac] = (id, at) }
    if let status = told[hmac] { raise(id, to: status.rawValue) }
  }

  /// A status never goes backwards, in whatever order it is told.
  private mutating func raise(_ id: String?, to status: String) {
    guard let index = index(id), messages[index].direction == "outbound" else { return }
    func rank(_ status: String) -> Int { Self.order.firstIndex(of: status) ?? 0 }
    if rank(status) > rank(messages[index].status) { messages[index].status = status }
  }

  private static let order = ["generated", "uncertain", "sent", "failed", "delivered", "read"]
}
