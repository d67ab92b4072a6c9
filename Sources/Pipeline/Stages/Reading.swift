import Channels
import Contracts
import FoundationEssentials
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

  /// `/replays/` and the id of the `replay.requested`; nil of what no replay brought.
  package var replay: String? {
    isReplay ? String(source.prefix(Self.replaySource.count + UUID.length)) : nil
  }

  /// How the source ends of an edit that says how what was written in a platform's own inbox is read now.
  static let echoSuffix = "/echo"

  /// Whether it is such an edit: nobody asks anything by it.
  var isOfEcho: Bool { source.hasSuffix(Self.echoSuffix) }

  /// Whether it tells of all files of an album what events of single files told.
  package var isJoined: Bool { source == Join.source || source == Join.source + Self.echoSuffix }
}

extension UUID {
  /// Of its text.
  fileprivate static let length = 36
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

  /// Of the reactions of a contact to a message.
  /// - Parameter message: the HMAC of its id.
  package static func digest(
    ofReactions reactions: [String], to message: String, _ tenantKey: SealingKey
  ) throws -> String {
    tenantKey.hmac("reactions \(message) " + String(decoding: try JSON.encode(reactions), as: UTF8.self))
  }

  /// What it is a reading of.
  package enum Subject: Sendable, Equatable {
    /// The HMAC of the provider's id of a message, of an echo, or of one file of an album.
    case message(String)
    /// What an edit became: the provider's id of the edit itself is not in it.
    case edit(EventID)
    /// What a reaction became, likewise, and where that was told: where its message is may be known no more, or only since.
    case reaction(EventID, in: ConversationID)

    fileprivate var name: String {
      switch self {
      case .message(let providerHMAC): providerHMAC
      case .edit(let event): "edit/\(event)"
      case .reaction(let event, let conversation): "reaction/\(event)/\(conversation)"
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
