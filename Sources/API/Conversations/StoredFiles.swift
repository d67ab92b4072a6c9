import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Keyring
import Knowledge
import NIOCore
import Pipeline
import Postgres
import Projections
import Synchronization

/// Files out of the blob store, for the API and for visitors.
struct StoredFiles: Sendable {
  /// So many are held in memory at once; the next one is refused.
  static let maximumOpen = 8
  static let chunkBytes = 256 << 10

  private let dependencies: APIDependencies
  private let open = OpenFiles()

  init(_ dependencies: APIDependencies) { self.dependencies = dependencies }

  /// - Parameter conversation: that it must be of; nil for any of the tenant's.
  func answer(
    _ id: AttachmentID, of tenant: TenantID, in conversation: ConversationID?
  ) async throws -> Response {
    try await answer(stored(id, tenant, conversation), because: nil)
  }

  /// A file that a provider was told of. A link that is none, or was forged, is unknown; one whose time is over is gone.
  func answer(_ link: FileLink, signature: String, at now: Date) async throws -> Response {
    let key = try await dependencies.pool.withTransaction { [keyring = dependencies.keyring] transaction in
      try keyring.keys([link.key], on: transaction.connection)[link.key]
    }
    guard let key, link.isSigned(signature, with: key) else { throw Problem.notFound("file") }
    guard now.timeIntervalSince1970 < Double(link.until) else {
      throw Problem(.notFound, "the time of this link is over")
    }
    return try await answer(
      StoredFile(hash: link.blob, mediaType: link.mediaType, name: nil), because: link.key)
  }

  /// - Parameter reason: the key that the file must be sealed under, where that is why it is given.
  private func answer(_ file: StoredFile, because reason: KeyID?) async throws -> Response {
    let slot = try open.take()
    let bytes = try await dependencies.pool.withTransaction { [keyring = dependencies.keyring] transaction in
      guard let sealed = try BlobStore.get(hash: file.hash, in: transaction) else {
        throw Problem(.notFound, "the attachment's bytes are gone")
      }
      let text = String(decoding: sealed, as: UTF8.self)
      let keyID = try JWE.keyID(of: text)
      guard reason == nil || reason == keyID else { throw Problem.notFound("file") }
      guard let key = try keyring.keys([keyID], on: transaction.connection)[keyID] else {
        throw Problem(.contactErased, "the contact of this attachment was erased")
      }
      return try JWE.open(text, with: key)
    }
    // What someone sent must not become a page of ours: it is always a file to be kept.
    var headers = HTTPFields()
    headers[.contentType] = file.mediaType
    headers[.contentDisposition] = file.disposition
    headers[.contentTypeOptions] = "nosniff"
    headers[.cacheControl] = "private, no-store"
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody(contentLength: bytes.count) { writer in
        for start in stride(from: 0, to: bytes.count, by: Self.chunkBytes) {
          let end = min(start + Self.chunkBytes, bytes.count)
          try await writer.write(ByteBuffer(bytes: bytes[start..<end]))
        }
        slot.keepUntilHere()
        try await writer.finish(nil)
      })
  }

  private func stored(
    _ id: AttachmentID, _ tenant: TenantID, _ conversation: ConversationID?
  ) async throws -> StoredFile {
    let statement = PostgresStatement(
      """
      select coalesce(a.state, 'fetching'), decode(a.blob, 'hex'), a.media_type, coalesce(a.name, a.stored_name), a.error
      from attachment as a
      where
        a.id = $1 and a.tenant = $2 and ($3::uuid is null or a.conversation = $3)
        and not exists (
          select from message as m
          join deletion as d on d.conversation = m.conversation and d.provider_hmac = m.provider_hmac
          where m.id = a.message
        )
      """,
      [.uuid(id.uuid), .uuid(tenant.uuid), conversation.map { .uuid($0.uuid) } ?? .null])
    return try await dependencies.readModels.read("conversations", tenant: tenant, [statement]) { rows in
      guard let row = rows[0].first else { throw Problem.notFound("attachment") }
      guard row.text(0) == "stored" else {
        throw Problem(
          .notFound, row.text(0) == "fetching" ? "the attachment is being fetched" : "it cannot be had")
      }
      return StoredFile(
        hash: row.bytes(1), mediaType: row.text(2), name: row.optional(3, PostgresRow.text))
    }
  }
}

private struct StoredFile: Sendable {
  let hash: [UInt8]
  let mediaType: String
  let disposition: String

  init(hash: [UInt8], mediaType: String, name: String?) {
    self.hash = hash
    // RFC 9110, section 8.3.1: a token, a slash and a token.
    let isPlain = mediaType.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || "/.+-".utf8.contains(byte)
    }
    self.mediaType = isPlain && mediaType.utf8.count <= 128 ? mediaType : "application/octet-stream"
    // RFC 6266 with the form of RFC 8187 for any name.
    let encoded = name.map { name in
      name.utf8.prefix(255).map { byte in
        let isPlain =
          UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-._".utf8.contains(byte)
        return isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimal([byte])
      }.joined()
    }
    disposition = encoded.map { "attachment; filename*=UTF-8''\($0)" } ?? "attachment"
  }
}

/// Counts the files that are held in memory.
private final class OpenFiles: Sendable {
  private let count = Atomic<Int>(0)

  /// One of the places; it is free again when nobody holds it any more.
  final class Slot: Sendable {
    private let files: OpenFiles
    fileprivate init(_ files: OpenFiles) { self.files = files }
    deinit { files.count.wrappingSubtract(1, ordering: .relaxed) }
    func keepUntilHere() {}
  }

  func take() throws(Problem) -> Slot {
    guard count.wrappingAdd(1, ordering: .relaxed).newValue <= StoredFiles.maximumOpen else {
      count.wrappingSubtract(1, ordering: .relaxed)
      throw Problem(.overloaded, "too many attachments are being read; try again later")
    }
    return Slot(self)
  }
}
