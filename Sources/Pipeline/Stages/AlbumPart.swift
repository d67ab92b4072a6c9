import Contracts
import Foundation
import JSON
import Keyring

/// One file of an album.
struct AlbumPart {
  /// The event that told of it, or of an edit of another one.
  let record: Record
  let facts: MessageReceived.Facts
  let content: MessageReceived.Private
  /// The private part as its event holds it.
  let sealed: String
  let key: SealingKey
  /// It was taken back.
  var isGone = false

  var isEchoed: Bool { record.event.type == MessagePartEchoed.type }

  /// nil when nothing of it is sealed.
  init?(_ record: Record, key: SealingKey) throws {
    let value = try Self.value(of: record)
    guard let sealed = value.sealed else { return nil }
    try self.init(record, value.facts, sealed: sealed, key: key)
  }

  /// - Parameter record: the edit or the deletion of this part or another.
  init(_ known: KnownAlbum.Part, in record: Record, key: SealingKey) throws {
    try self.init(record, known.facts, sealed: known.sealed, key: key)
    isGone = known.isGone ?? false
  }

  private init(_ record: Record, _ facts: MessageReceived.Facts, sealed: String, key: SealingKey) throws {
    self.record = record
    self.facts = facts
    self.sealed = sealed
    self.key = key
    content = try JSON.decode(MessageReceived.Private.self, from: JWE.open(sealed, with: key))
  }

  static func keyID(of record: Record) throws -> KeyID? {
    if record.event.type == MessageDeleted.type {
      return KeyID(try MessageDeleted.read(record.event).facts.contact.uuid)
    }
    return try value(of: record).sealed.map { try JWE.keyID(of: $0) }
  }

  /// Facts and private part are of one form, whoever sent it, and of an edit too.
  private static func value(of record: Record) throws -> (facts: MessageReceived.Facts, sealed: String?) {
    func read<Spec: EventSpec>(_ spec: Spec.Type) throws -> (MessageReceived.Facts, String?)
    where Spec.Facts == MessageReceived.Facts {
      let value = try Spec.read(record.event)
      return (value.facts, value.private)
    }
    switch record.event.type {
    case MessagePartEchoed.type: return try read(MessagePartEchoed.self)
    case MessageEdited.type: return try read(MessageEdited.self)
    default: return try read(MessagePartReceived.self)
    }
  }

  /// The message that they are together: the first one's, with the files and captions of all that were not taken back.
  /// - Parameter time: by the provider's clock.
  static func joined<Spec: EventSpec>(
    _ parts: [AlbumPart], into spec: Spec.Type, id: EventID, time: Date?, at now: Date
  ) throws -> Event where Spec.Facts == MessageReceived.Facts, Spec.Private == MessageReceived.Private {
    let first = parts[0]
    let left = parts.filter { !$0.isGone }
    let captions = left.compactMap(\.content.text)
    let text = captions.isEmpty ? nil : captions.joined(separator: "\n")
    let attachments = left.flatMap { part in
      (part.facts.attachments ?? []).map { $0.brought(by: part.facts.providerHMAC) }
    }
    let places = left.flatMap { $0.content.attachments ?? [] }
    let facts = MessageReceived.Facts(
      message: first.facts.message, conversation: first.facts.conversation, contact: first.facts.contact,
      connection: first.facts.connection, channel: first.facts.channel, kind: first.facts.kind,
      providerHMAC: first.facts.providerHMAC, providerTime: time,
      bytes: text?.utf8.count ?? 0, attachments: attachments.isEmpty ? nil : attachments,
      replyHMAC: parts.lazy.compactMap(\.facts.replyHMAC).first, album: first.facts.album,
      // A file that was sent to us makes all of it ours to answer.
      standby: parts.allSatisfy { $0.facts.standby == true } ? true : nil)
    let content = MessageReceived.Private(
      text: text, providerID: first.content.providerID, raw: left.lazy.compactMap(\.content.raw).first,
      subject: first.content.subject, payload: first.content.payload,
      replyTo: parts.lazy.compactMap(\.content.replyTo).first,
      attachments: places.isEmpty ? nil : places, location: first.content.location,
      contacts: first.content.contacts, referral: first.content.referral)
    let cause = first.record.event
    return Event(
      id: id, type: Spec.type, topic: Spec.topic, key: cause.key, tenant: cause.tenant, time: now,
      source: cause.isOfEcho ? Join.source + Event.echoSuffix : Join.source, causation: cause.id,
      correlation: cause.correlation ?? cause.id,
      traceparent: cause.traceparent,
      value: try Spec.value(facts, private: content, sealedWith: first.key))
  }
}

/// An album whose files may still be edited.
package struct KnownAlbum: Codable, Sendable, Equatable {
  struct Part: Codable, Sendable, Equatable {
    let facts: MessageReceived.Facts
    /// Under the contact's key.
    let sealed: String
    /// It was taken back; nil for no.
    var isGone: Bool?
  }

  let parts: [Part]

  init(_ parts: [AlbumPart]) {
    self.parts = parts.map { Part(facts: $0.facts, sealed: $0.sealed, isGone: $0.isGone ? true : nil) }
  }

  /// - Parameter part: the HMAC of the provider's id of a file's message.
  func holds(_ part: String) -> Bool { parts.contains { $0.facts.providerHMAC == part } }

  /// The HMACs of the provider's ids of the files' messages.
  var files: [String] { parts.map(\.facts.providerHMAC) }

  /// Whether it is kept at all; of others, edits stay edits of one file. Telegram's longest are ten files with captions of
  /// 4,096 characters.
  var isKept: Bool {
    !parts.isEmpty && parts.count <= 20 && parts.reduce(0) { $0 + $1.sealed.utf8.count } <= 256 << 10
  }

  var conversation: ConversationID { parts[0].facts.conversation }

  /// What they became together.
  var message: MessageID { parts[0].facts.message }
}

extension AttachmentFacts {
  /// The same, as a file of an album.
  fileprivate func brought(by part: String) -> AttachmentFacts {
    AttachmentFacts(attachment: attachment, kind: kind, mediaType: mediaType, bytes: bytes, part: part)
  }
}
