import Channels
import Contracts
import Crypto
import Foundation
import JSON
import Keyring
import Knowledge
import Postgres

/// A file that a tool got for an answer, in the blob store and sealed under the contact's key.
package struct ToolFile: Codable, Sendable, Equatable {
  /// What it is to be, which is known before it is there.
  package struct Place: Sendable {
    package let attachment: AttachmentID
    package let tenant: TenantID
  }

  let attachment: AttachmentID
  let kind: AttachmentKind
  let mediaType: String
  let bytes: Int
  /// SHA-256, in hexadecimal, of the sealed bytes.
  let blob: String
  /// The private part of `attachment.stored`, sealed.
  let described: String

  var facts: AttachmentFacts {
    AttachmentFacts(attachment: attachment, kind: kind, mediaType: mediaType, bytes: bytes)
  }

  func opened(_ key: SealingKey) throws -> AttachmentStored.Private {
    try JSON.decode(AttachmentStored.Private.self, from: JWE.open(described, with: key))
  }

  func composed(_ key: SealingKey) throws -> ComposedFile {
    ComposedFile(attachment: attachment, blob: blob, name: try opened(key).name)
  }
}

/// Keeps the files that tools get.
package struct ToolFiles: Sendable {
  private let pool: PostgresPool

  package init(pool: PostgresPool) { self.pool = pool }

  /// Seals and keeps a file. One that was kept as the same before, by a call whose outcome was lost, is left as it is.
  func keep(
    _ bytes: [UInt8], mediaType: String?, url: String, as place: ToolFile.Place, key: SealingKey
  ) async throws -> ToolFile {
    let type = Self.mediaType(mediaType)
    let sealed = try JWE.seal(bytes, with: key)
    let hash = Array(SHA256.hash(data: sealed))
    let described = String(
      decoding: try JWE.seal(
        JSON.encode(
          AttachmentStored.Private(name: Self.name(in: url), sha256: hexadecimal(SHA256.hash(data: bytes)))),
        with: key), as: UTF8.self)
    return try await pool.withTransaction { transaction in
      let known = try transaction.execute(
        "select blob, media_type, bytes, sealed from stage.fetched where attachment = $1",
        [.uuid(place.attachment.uuid)]
      ).first
      if let known {
        let type = known.text(1)
        return ToolFile(
          attachment: place.attachment, kind: AttachmentKind(mediaType: type), mediaType: type,
          bytes: Int(known.int8(2)), blob: hexadecimal(known.bytes(0)), described: known.text(3))
      }
      try BlobStore.put(sealed, hash: hash, in: transaction)
      try transaction.execute(
        "select stage.note_fetched($1, $2, $3, $4, $5, $6)",
        [
          .uuid(place.attachment.uuid), .uuid(place.tenant.uuid), .bytes(hash), .text(type),
          .int8(Int64(bytes.count)), .text(described),
        ])
      return ToolFile(
        attachment: place.attachment, kind: AttachmentKind(mediaType: type), mediaType: type,
        bytes: bytes.count,
        blob: hexadecimal(hash), described: described)
    }
  }

  /// The last part of the address's path.
  private static func name(in url: String) -> String? {
    let path = url.prefix { $0 != "?" && $0 != "#" }
    guard let scheme = path.firstRange(of: "://"), let slash = path[scheme.upperBound...].lastIndex(of: "/")
    else { return nil }
    let last = String(path[path.index(after: slash)...]).removingPercentEncoding ?? ""
    let kept = last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F && $0 != "/" && $0 != "\\" }
    let name = String(String.UnicodeScalarView(kept.prefix(200)))
    return name.allSatisfy(\.isWhitespace) ? nil : name
  }

  private static func mediaType(_ given: String?) -> String {
    let type = given?.split(separator: ";").first?.lowercased().filter { $0 != " " } ?? ""
    let isType = type.wholeMatch(of: /[a-z0-9][a-z0-9!#$&^_.+\-]*\/[a-z0-9][a-z0-9!#$&^_.+\-]*/) != nil
    return isType && type.utf8.count <= 128 ? type : "application/octet-stream"
  }
}
