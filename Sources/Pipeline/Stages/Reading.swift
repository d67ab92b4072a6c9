import Channels
import Contracts
import JSON
import Keyring

extension Event {
  /// Where the source of what a replay of `inbound` brings begins: the id of its `replay.requested` follows, and
  /// `/answer` where what is read anew shall be answered.
  package static let replaySource = "/replays/"

  /// Whether a replay of `inbound` brought it.
  package var isReplay: Bool { source.hasPrefix(Self.replaySource) }

  /// Whether the agent may answer it: what a replay brings only when that was asked for.
  package var mayBeAnswered: Bool { !isReplay || source.hasSuffix("/answer") }
}

/// What was understood of a message or of an edit, so that one reading can be held against another. What was cut from it
/// is not in it: by itself it changes nothing that was said.
package struct Reading: Codable, Sendable, Equatable {
  let kind: MessageKind
  let text: String?
  let subject: String?
  let payload: String?
  /// Where the files lie.
  let places: [String]
  let location: Location?
  let contacts: [ContactCard]?
  let referral: Referral?

  init(_ content: InboundContent) {
    kind = content.kind
    text = content.text
    subject = content.subject
    payload = content.payload
    places = content.attachments.map { attachment in
      switch attachment.source {
      case .file(let file): "file/\(file)"
      case .url(let url): "url/\(url)"
      case .part(let part): "part/\(part)"
      }
    }
    location = content.location
    contacts = content.contacts.isEmpty ? nil : content.contacts
    referral = content.referral
  }

  /// As an event of before says.
  package init(_ facts: MessageReceived.Facts, _ content: MessageReceived.Private) {
    kind = facts.kind
    text = content.text
    subject = content.subject
    payload = content.payload
    places = (content.attachments ?? []).map { attachment in
      attachment.file.map { "file/\($0)" } ?? attachment.url.map { "url/\($0)" }
        ?? "part/\(attachment.part ?? 0)"
    }
    location = content.location
    contacts = content.contacts
    referral = content.referral
  }

  /// Shows nobody what was said.
  package func digest(_ tenantKey: SealingKey) throws -> String {
    tenantKey.hmac(String(decoding: try JSON.encode(self), as: UTF8.self))
  }

  /// What it is a reading of.
  package enum Subject: Sendable, Equatable {
    /// The HMAC of the provider's id of a message.
    case message(String)
    /// What an edit became: the provider's id of the edit itself is not in it.
    case edit(EventID)

    fileprivate var name: String {
      switch self {
      case .message(let providerHMAC): providerHMAC
      case .edit(let event): "edit/\(event)"
      }
    }
  }

  // What is noted beside the ids that were seen, so that normalize may say of what is known what it is now read as.

  /// That a replay may say so. The next one may not where the sender changed the message meanwhile.
  /// - Parameter source: of what the replay brings.
  package static func permission(_ subject: Subject, in source: String) -> String {
    "reread/\(subject.name)\(source)"
  }

  /// That this reading was told.
  package static func mark(_ subject: Subject, _ digest: String) -> String {
    "reread/\(subject.name)/\(digest)"
  }
}
