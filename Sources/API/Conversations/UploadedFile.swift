import Channels
import Contracts
import Crypto
import Foundation
import JSON
import Keyring
import Knowledge
import Postgres

/// A file that someone of the company gave us for a contact: sealed under the contact's key, and named by an
/// `attachment.stored`.
struct UploadedFile: Sendable {
  static let maximumBytes = 25 << 20

  let facts: AttachmentFacts
  let composed: ComposedFile
  /// nil when it lies in the store already.
  private let sealed: [UInt8]?
  private let hash: [UInt8]
  private let sha256: String

  /// - Parameters:
  ///   - kind: what it is sent as; nil for what its media type says.
  ///   - known: where it lies already, of a command that is repeated.
  init(
    _ bytes: [UInt8], name: String?, mediaType: String, kind: AttachmentKind?, id: AttachmentID,
    key: SealingKey, known: [UInt8]?
  ) throws {
    guard !bytes.isEmpty else { throw Problem(.invalidContent, "a file is empty") }
    let name = name.flatMap(Self.name)
    facts = AttachmentFacts(
      attachment: id, kind: try kind?.checked(mediaType) ?? AttachmentKind(mediaType: mediaType),
      mediaType: mediaType, bytes: bytes.count)
    if let known {
      (sealed, hash) = (nil, known)
    } else {
      let made = try JWE.seal(bytes, with: key)
      (sealed, hash) = (made, Array(SHA256.hash(data: made)))
    }
    sha256 = hexadecimal(SHA256.hash(data: bytes))
    composed = ComposedFile(attachment: id, blob: hexadecimal(hash), name: name)
  }

  /// Puts it into the blob store; the event that says so.
  func store(
    for message: MessageID, in conversation: ConversationID, _ command: Command, _ key: SealingKey,
    _ transaction: Transaction
  ) throws -> Event {
    if let sealed {
      try BlobStore.put(sealed, hash: hash, in: transaction)
      let described = try JWE.seal(
        JSON.encode(AttachmentStored.Private(name: composed.name, sha256: sha256)), with: key)
      try transaction.execute(
        "select stage.note_fetched($1, $2, $3, $4, $5, $6)",
        [
          .uuid(facts.attachment.uuid), .uuid(command.caller.tenant.uuid), .bytes(hash),
          .text(facts.mediaType ?? ""), .int8(Int64(facts.bytes ?? 0)),
          .text(String(decoding: described, as: UTF8.self)),
        ])
    }
    return try command.event(
      AttachmentStored.self, key: StreamID(conversation),
      AttachmentStored.Facts(
        conversation: conversation, message: message, attachment: facts.attachment, kind: facts.kind,
        mediaType: facts.mediaType ?? "", bytes: facts.bytes ?? 0, blob: composed.blob),
      private: AttachmentStored.Private(name: composed.name, sha256: sha256), sealedWith: key,
      id: command.id("stored/\(facts.attachment)"))
  }

  /// Where a file of this id lies, when the command that gives it was done before: sealing it anew would leave bytes
  /// that nothing names.
  static func known(_ id: AttachmentID, in transaction: Transaction) throws -> [UInt8]? {
    try transaction.execute("select blob from stage.fetched where attachment = $1", [.uuid(id.uuid)])
      .first?.bytes(0)
  }

  /// The last part of what may be a path, without what no name holds.
  static func name(_ given: String) -> String? {
    let last = given.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
    let kept = last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
    let name = String(String.UnicodeScalarView(kept.prefix(200)))
    return name.allSatisfy(\.isWhitespace) ? nil : name
  }

  /// A media type as events hold it; what is none is bytes.
  static func mediaType(_ given: String?) -> String {
    let type = given?.split(separator: ";").first?.lowercased().filter { $0 != " " } ?? ""
    let isType = type.wholeMatch(of: /[a-z0-9][a-z0-9!#$&^_.+\-]*\/[a-z0-9][a-z0-9!#$&^_.+\-]*/) != nil
    return isType && type.utf8.count <= 128 ? type : "application/octet-stream"
  }
}

extension AttachmentKind {
  /// A kind that a file can be sent as: voice messages are sound, stickers are pictures, and anything is a document.
  /// Which formats each platform takes for that it says itself.
  func checked(_ mediaType: String) throws(Problem) -> AttachmentKind {
    let nearest = AttachmentKind(mediaType: mediaType)
    let isOf =
      switch self {
      case .document: true
      case .voice: nearest == .audio
      case .sticker: nearest == .image
      case .image, .audio, .video: nearest == self
      }
    guard isOf else {
      throw Problem(.invalidContent, "a \(rawValue) cannot be of the media type \(mediaType)")
    }
    return self
  }
}

extension AttachmentFacts {
  /// The same file, sent as another kind.
  func sent(as kind: AttachmentKind?) throws(Problem) -> AttachmentFacts {
    guard let kind else { return self }
    return AttachmentFacts(
      attachment: attachment, kind: try kind.checked(mediaType ?? ""), mediaType: mediaType, bytes: bytes)
  }
}
