import Contracts
import EventLog
import JSON
import Pipeline

/// An event that tells of a message as it stands, or of a contact's reactions to one.
struct LastReading: Sendable {
  enum What: Sendable {
    case content(MessageReceived.Facts)
    case reactions(MessageReacted.Facts)
  }

  let record: Record
  let what: What

  var subject: Reading.Subject {
    switch what {
    case .reactions(let facts): .reaction(record.event.id, in: facts.conversation)
    case .content(let facts):
      record.event.type == MessageEdited.type ? .edit(record.event.id) : .message(facts.providerHMAC)
    }
  }

  /// - Parameter opened: the private part.
  func digest(_ opened: JSONValue, _ tenantKey: SealingKey) throws -> String {
    switch what {
    case .content(let facts):
      let content = try JSON.decode(MessageReceived.Private.self, from: opened.serialized())
      return try Reading(facts, content).digest(tenantKey)
    case .reactions(let facts):
      let reactions = try JSON.decode(MessageReacted.Private.self, from: opened.serialized()).reactions
      return try Reading.digest(ofReactions: reactions, to: facts.providerHMAC, tenantKey)
    }
  }
}

/// Folds the log into what was asked for of what people said last.
struct LastReadings {
  /// Whose reactions to which message.
  private struct Reacted: Hashable {
    let message: String
    let contact: ContactID
  }

  private let request: InboundReplay.Request
  private var messages: [LastReading] = []
  /// By the HMAC of the message's id; nil where another change came last.
  private var changes: [String: LastReading?] = [:]
  /// What told of the message first, as far as it is asked for, by the same.
  private var causes: [String: EventID] = [:]
  private var reactions: [Reacted: LastReading] = [:]

  private static let types: Set<EventType> = [
    MessageReceived.type, MessageEchoed.type, MessagePartReceived.type, MessagePartEchoed.type,
    MessageEdited.type, MessageDeleted.type, MessageReacted.type,
  ]

  private init(_ request: InboundReplay.Request) { self.request = request }

  static func read(
    _ history: ConversationHistory, _ request: InboundReplay.Request
  ) async throws -> [LastReading] {
    var found = LastReadings(request)
    try await history.forEach(types) { try found.apply($0) }
    return found.messages.filter { last in
      if case .content(let facts) = last.what {
        !found.changes.keys.contains(facts.providerHMAC)
      } else {
        true
      }
    } + found.changes.values.compactMap(\.self) + found.reactions.values
  }

  private func isAsked(_ event: Event, _ connection: ConnectionID) -> Bool {
    event.time >= request.from && connection == request.connection ?? connection
  }

  private func isAsked(_ event: Event, _ facts: MessageReceived.Facts) -> Bool {
    isAsked(event, facts.connection) && (!request.isUnparsed || facts.kind == .unsupported)
  }

  private mutating func apply(_ record: Record) throws {
    let event = record.event
    // What was told of all files of an album was told of each.
    guard !event.isJoined else { return }
    switch event.type {
    case MessageReceived.type: take(try MessageReceived.read(event).facts, record)
    case MessageEchoed.type: take(try MessageEchoed.read(event).facts, record)
    case MessagePartReceived.type: take(try MessagePartReceived.read(event).facts, record)
    case MessagePartEchoed.type: take(try MessagePartEchoed.read(event).facts, record)
    case MessageEdited.type:
      let facts = try MessageEdited.read(event).facts
      let told = [causes[facts.providerHMAC], changes[facts.providerHMAC]??.record.event.causation]
      // Another reading is no change of the sender's. An edit that only a replay brought is, but not read anew itself.
      if event.isReplay, told.contains(where: { $0.map { event.isMade(ofCopyOf: $0) } ?? false }) { break }
      let isAsked = isAsked(event, facts) && !event.isReplay
      changes.updateValue(
        isAsked ? LastReading(record: record, what: .content(facts)) : nil, forKey: facts.providerHMAC)
    case MessageReacted.type: take(try MessageReacted.read(event).facts, record)
    default: changes.updateValue(nil, forKey: try MessageDeleted.read(event).facts.providerHMAC)
    }
  }

  private mutating func take(_ facts: MessageReceived.Facts, _ record: Record) {
    guard isAsked(record.event, facts) else { return }
    messages.append(LastReading(record: record, what: .content(facts)))
    causes[facts.providerHMAC] = record.event.causation
  }

  private mutating func take(_ facts: MessageReacted.Facts, _ record: Record) {
    let event = record.event
    let place = Reacted(message: facts.providerHMAC, contact: facts.contact)
    if event.isReplay, let told = reactions[place]?.record.event.causation, event.isMade(ofCopyOf: told) {
      return
    }
    let isAsked = isAsked(event, facts.connection) && !event.isReplay && !request.isUnparsed
    reactions[place] = isAsked ? LastReading(record: record, what: .reactions(facts)) : nil
  }
}

extension Event {
  /// Whether a replay brought it, of the copy of this event.
  fileprivate func isMade(ofCopyOf original: EventID) -> Bool {
    replay.map { causation == original.copy(in: $0) } ?? false
  }
}
