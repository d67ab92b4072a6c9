import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Postgres

/// Reads events of conversations as what a visitor is told.
struct LiveRecords: Sendable {
  /// The events that a visitor may be told of, and the one that says whose conversation it is.
  static let types: Set<EventType> = [
    ConversationOpened.type, MessageReceived.type, MessageComposed.type, ReplyGenerated.type,
    ReplySkipped.type, ReplyFailed.type, DeliverySucceeded.type, DeliveryFailed.type, DeliveryUncertain.type,
    AttachmentStored.type, AttachmentFailed.type,
  ]

  let pool: PostgresPool
  let keyring: Keyring
  let quotes: LiveQuotes

  /// The items of each record, in order. What cannot be read (its key was destroyed) has none.
  func items(of records: [Record]) async throws -> [[LiveItem]] {
    let keyIDs = records.map { keyID(of: $0.event) }
    let ids = Set(keyIDs.compactMap { $0 })
    var keys: [KeyID: SealingKey] = [:]
    if !ids.isEmpty { keys = try await pool.withConnection { [keyring] in try keyring.keys(ids, on: $0) } }
    let quoted = await quoted(by: records)
    return zip(records, keyIDs).map { record, id in
      (try? items(of: record, key: id.flatMap { keys[$0] }, quoting: quoted[record.event.id])) ?? []
    }
  }

  /// What messages of contacts quote, by their events.
  private func quoted(by records: [Record]) async -> [EventID: MessageID] {
    var asked: [TenantID: [(event: EventID, hmac: String)]] = [:]
    for event in records.lazy.map(\.event) where event.type == MessageReceived.type {
      guard let hmac = try? MessageReceived.read(event).facts.replyHMAC else { continue }
      asked[event.tenant, default: []].append((event.id, hmac))
    }
    let messages = await quotes.messages(quoted: asked.mapValues { Set($0.map(\.hmac)) })
    var found: [EventID: MessageID] = [:]
    for (tenant, asked) in asked {
      for (event, hmac) in asked { found[event] = messages[tenant]?[hmac] }
    }
    return found
  }

  /// What sealed the private part, whatever the type.
  private func keyID(of event: Event) -> KeyID? {
    guard let value = try? JSONValue(parsing: event.value), let sealed = value["private"]?.string else {
      return nil
    }
    return try? JWE.keyID(of: sealed)
  }

  private func items(of record: Record, key: SealingKey?, quoting quoted: MessageID?) throws -> [LiveItem] {
    let event = record.event
    let offset = record.position.offset
    switch event.type {
    case MessageReceived.type:
      let value = try MessageReceived.read(event)
      let content = try opened(value, key)
      return [
        .message(
          message(
            value.facts.message, record, direction: "inbound", author: "contact", text: content?.text,
            status: "received", clientID: ChatMessage.clientID(of: content?.providerID),
            attachments: ChatFile.of(
              value.facts.attachments,
              names: content?.attachments?.map { ($0.attachment, $0.name) } ?? [], state: "fetching"),
            replyTo: quoted), offset)
      ]
    case MessageComposed.type:
      let value = try MessageComposed.read(event)
      let content = try opened(value, key)
      return [
        .message(
          message(
            value.facts.message, record, direction: "outbound", author: "person", text: content?.text,
            attachments: ChatFile.of(
              value.facts.attachments,
              names: content?.attachments?.map { ($0.attachment, $0.name) } ?? [], state: "stored"),
            choices: content?.choices, replyTo: value.facts.replyTo), offset)
      ]
    case ReplyGenerated.type:
      let value = try ReplyGenerated.read(event)
      let content = try opened(value, key)
      return [
        .message(
          message(
            value.facts.message, record, direction: "outbound", author: "agent", text: content?.text,
            answers: value.facts.answers,
            attachments: ChatFile.of(
              value.facts.attachments,
              names: content?.attachments?.map { ($0.attachment, $0.name) } ?? [], state: "stored"),
            choices: content?.choices), offset)
      ]
    case ReplySkipped.type:
      return try ReplySkipped.read(event).facts.answers.map {
        .status(ChatStatus(id: $0, status: "unanswered"), offset)
      }
    case ReplyFailed.type:
      return try ReplyFailed.read(event).facts.answers.map {
        .status(ChatStatus(id: $0, status: "unanswered"), offset)
      }
    case DeliverySucceeded.type:
      return [
        .status(ChatStatus(id: try DeliverySucceeded.read(event).facts.message, status: "sent"), offset)
      ]
    case DeliveryFailed.type:
      return [.status(ChatStatus(id: try DeliveryFailed.read(event).facts.message, status: "failed"), offset)]
    case DeliveryUncertain.type:
      return [
        .status(ChatStatus(id: try DeliveryUncertain.read(event).facts.message, status: "uncertain"), offset)
      ]
    case AttachmentStored.type:
      let facts = try AttachmentStored.read(event).facts
      return [.file(ChatFileEnd(id: facts.attachment, message: facts.message, state: "stored"), offset)]
    case AttachmentFailed.type:
      let facts = try AttachmentFailed.read(event).facts
      return [.file(ChatFileEnd(id: facts.attachment, message: facts.message, state: "failed"), offset)]
    default: return []
    }
  }

  private func opened<Spec>(_ value: EventValue<Spec>, _ key: SealingKey?) throws -> Spec.Private? {
    guard let key else { return nil }
    return try value.opened(with: key)
  }

  private func message(
    _ id: MessageID, _ record: Record, direction: String, author: String, text: String?,
    status: String = "queued", clientID: String? = nil, answers: [MessageID] = [],
    attachments: [ChatFile]? = nil, choices: [MessageChoice]? = nil, replyTo: MessageID? = nil
  ) -> ChatMessage {
    ChatMessage(
      id: id, clientID: clientID, direction: direction, author: author, text: text, at: record.event.time,
      status: status, answers: answers, attachments: attachments, choices: choices, replyTo: replyTo,
      position: ChatPosition(record.position.partition, record.position.offset).description)
  }
}
