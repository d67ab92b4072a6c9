import Contracts
import EventLog
import FoundationEssentials

// An export is one LZ4 frame over lines of JSON: a manifest, the events, each with its proof, and an end.
// `ops/verify-export.py` reads it without the engine.

/// The first line: what the export holds, and the one checkpoint that proves all of it.
struct ExportManifest: Codable, Sendable {
  static let format = "aigentable-export-1"
  let format: String
  let made: Date
  let conversation: ConversationID?
  let contact: ContactID?
  let tenant: TenantID?
  /// Webhooks and mails that told of the contact and are not in the export; nil where there are none.
  let withheld: [ExportedBodies.Withheld]?
  let checkpoint: SignedCheckpoint
  /// The public key in PEM, to be compared with one that came another way.
  let key: String

  init(
    _ subject: ExportSubject, made: Date, withheld: [ExportedBodies.Withheld], checkpoint: SignedCheckpoint,
    key: SigningKey.Public
  ) {
    format = Self.format
    self.made = made
    self.withheld = withheld.isEmpty ? nil : withheld
    var (conversation, contact, tenant): (ConversationID?, ContactID?, TenantID?)
    switch subject {
    case .conversation(let id): conversation = id
    case .contact(let id): contact = id
    case .tenant(let id): tenant = id
    }
    (self.conversation, self.contact, self.tenant) = (conversation, contact, tenant)
    self.checkpoint = checkpoint
    self.key = key.pem
  }
}

/// An event with its proof.
struct ExportedEvent: Codable, Sendable {
  let event: EventID
  let topic: Topic
  let partition: Int32
  /// Where the event stands among the leaves of its tree, from 0.
  let leaf: Int64
  let record: Proof.Record
  /// The audit path (RFC 6962, section 2.1.1), from the bottom up.
  let path: [MerkleHash]
}

/// The last line, without which an export is cut off.
struct ExportEnd: Codable, Sendable {
  static let format = "aigentable-export-end-1"
  let format: String
  let events: Int
  /// Events of the subject that came after the checkpoint and are not in here.
  let later: Int
  /// SHA-256, in hexadecimal, of all lines before this one, with their ends.
  let sha256: MerkleHash
}
