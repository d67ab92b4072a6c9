import Contracts
import Foundation
import Keyring
import Postgres

/// Joins the files of an album, which a provider reports one by one, into the message that they were sent as.
///
/// The parts of a conversation wait here until no more of them came for `quiet`, or for `longest` in all; nothing
/// else of the conversation waits. What comes later still becomes a message of its own.
package struct Join: Stage {
  package typealias Effect = Never
  package typealias Outcome = Never

  package struct State: Codable, Sendable, Equatable {
    /// How many parts waited at the last look, and since when the first of them did.
    var waiting = 0
    var since: Date?
  }

  package let name = StageName("join")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [MessagePartReceived.type]
  package let effects = EffectPolicy.repeatable

  static let quiet = Duration.seconds(1)
  static let longest = Duration.seconds(5)

  package init() {}

  package func initialState() -> State { State() }

  package func load(
    _ turns: [StageTurn<Never>], _ context: StageContext, in transaction: Transaction
  ) throws -> [KeyID: SealingKey] {
    let ids = try turns.lazy.flatMap(\.inputs).compactMap { try MessagePartReceived.read($0.event).keyID }
    return try context.keyring.keys(Set(ids), on: transaction.connection)
  }

  package func decide(
    _ turn: StageTurn<Never>, state: inout State, workspace keys: inout [KeyID: SealingKey],
    _ context: StageContext
  ) throws -> Decision<Never> {
    let since = state.since ?? context.now
    let isStillComing = turn.inputs.count > state.waiting
    if isStillComing, context.now < since.addingTimeInterval(Self.longest.seconds) {
      state = State(waiting: turn.inputs.count, since: since)
      return Decision(consumed: 0, wait: .until(context.now.addingTimeInterval(Self.quiet.seconds)))
    }
    state = State()
    return Decision(
      consumed: turn.inputs.count, outputs: try messages(of: turn.inputs, keys, at: context.now))
  }

  /// One for each album, in the order of their first parts.
  private func messages(
    of records: [Record], _ keys: [KeyID: SealingKey], at now: Date
  ) throws -> [Event] {
    var albums: [(album: String?, parts: [AlbumPart])] = []
    for record in records {
      let value = try MessagePartReceived.read(record.event)
      // The contact was erased meanwhile.
      guard let key = try value.keyID.flatMap({ keys[$0] }), let content = try value.opened(with: key) else {
        continue
      }
      let part = AlbumPart(record: record, facts: value.facts, content: content, key: key)
      if let index = albums.firstIndex(where: { $0.album == value.facts.album }) {
        albums[index].parts.append(part)
      } else {
        albums.append((value.facts.album, [part]))
      }
    }
    return try albums.map { try AlbumPart.joined($0.parts, by: name, at: now) }
  }
}

/// One file of an album.
private struct AlbumPart {
  let record: Record
  let facts: MessageReceived.Facts
  let content: MessageReceived.Private
  let key: SealingKey

  /// The message that they are together: the first one's, with the files and captions of all.
  static func joined(_ parts: [AlbumPart], by stage: StageName, at now: Date) throws -> Event {
    let first = parts[0]
    let captions = parts.compactMap(\.content.text)
    let text = captions.isEmpty ? nil : captions.joined(separator: "\n")
    let attachments = parts.flatMap { $0.facts.attachments ?? [] }
    let places = parts.flatMap { $0.content.attachments ?? [] }
    let facts = MessageReceived.Facts(
      message: first.facts.message, conversation: first.facts.conversation, contact: first.facts.contact,
      connection: first.facts.connection, channel: first.facts.channel, kind: first.facts.kind,
      providerHMAC: first.facts.providerHMAC, providerTime: first.facts.providerTime,
      bytes: text?.utf8.count ?? 0, attachments: attachments.isEmpty ? nil : attachments,
      replyHMAC: parts.lazy.compactMap(\.facts.replyHMAC).first, album: first.facts.album)
    let content = MessageReceived.Private(
      text: text, providerID: first.content.providerID, raw: parts.lazy.compactMap(\.content.raw).first,
      subject: first.content.subject, payload: first.content.payload,
      replyTo: parts.lazy.compactMap(\.content.replyTo).first,
      attachments: places.isEmpty ? nil : places, location: first.content.location,
      contacts: first.content.contacts, referral: first.content.referral)
    let cause = first.record.event
    return Event(
      id: EventID(first.facts.message.uuid), type: MessageReceived.type, topic: MessageReceived.topic,
      key: cause.key, tenant: cause.tenant, time: now, source: "/stages/\(stage)", causation: cause.id,
      correlation: cause.correlation ?? cause.id, traceparent: cause.traceparent,
      value: try MessageReceived.value(facts, private: content, sealedWith: first.key))
  }
}
