import Channels
import Contracts
import Crypto
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Knowledge
import Postgres

/// Get the files of one message and put them into the blob store, sealed under the contact's key.
package struct FetchEffect: Sendable {
  struct File: Sendable {
    let facts: AttachmentFacts
    let place: AttachmentPrivate?
  }

  let channel: Channel
  let secrets: ConnectionCreated.Private
  let tenant: TenantID
  let key: SealingKey
  let files: [File]
}

/// What became of the files of a message.
package struct FetchedFiles: Codable, Sendable {
  struct File: Codable, Sendable {
    let attachment: AttachmentID
    let result: Result
  }

  enum Result: Codable, Sendable {
    case stored(Stored)
    /// May be tried again.
    case notFetched(reason: String, code: Int?, retryAfterSeconds: Double?)
    case failed(reason: String, code: Int?)
  }

  struct Stored: Codable, Sendable {
    let blob: String
    let mediaType: String
    let bytes: Int
    /// The private part of `attachment.stored`.
    let sealed: String
  }

  let files: [File]

  /// For how many seconds to wait before the next try; nil when every file has come to its end, or was tried often enough.
  func wait(after attempts: Int) -> Double? {
    let waits = files.compactMap { file -> Double? in
      guard case .notFetched(_, _, let retryAfter) = file.result else { return nil }
      return RetrySchedule.wait(after: attempts, retryAfter: retryAfter)
    }
    return waits.max()
  }
}

/// Fetches through the channel's adapter. What was stored is noted with it, so that it is not fetched again,
/// whatever becomes of the other files or of this process.
package struct ChannelFetcher: EffectPerformer {
  /// Of one file. More is refused by every channel that we know.
  package static let maximumBytes = 100 << 20

  private let channels: ChannelAdapters
  private let client: HTTPClient
  private let pool: PostgresPool
  private let keyring: Keyring

  package init(channels: ChannelAdapters, client: HTTPClient, pool: PostgresPool, keyring: Keyring) {
    self.channels = channels
    self.client = client
    self.pool = pool
    self.keyring = keyring
  }

  package func perform(_ effect: FetchEffect) async -> FetchedFiles {
    var files: [FetchedFiles.File] = []
    // The parts of one body follow each other.
    var body: (blob: String, bytes: [UInt8]?)?
    // One after another: each may take a lot of memory.
    for file in effect.files {
      let result: FetchedFiles.Result
      do {
        if let blob = file.place?.body, body?.blob != blob { body = (blob, try await open(blob)) }
        result = try await perform(file, effect, in: file.place?.body == nil ? nil : body?.bytes)
      } catch {
        result = .notFetched(reason: "store-unavailable", code: nil, retryAfterSeconds: nil)
      }
      files.append(.init(attachment: file.facts.attachment, result: result))
    }
    return FetchedFiles(files: files)
  }

  /// The body that a message came in, from where it lies; nil when its key was dropped or it is not there.
  private func open(_ blob: String) async throws -> [UInt8]? {
    guard let hash = blob.hexadecimalBytes else { return nil }
    return try await pool.withTransaction { [keyring] transaction in
      guard let sealed = try BlobStore.get(hash: hash, in: transaction) else { return nil }
      let text = String(decoding: sealed, as: UTF8.self)
      let id = try JWE.keyID(of: text)
      guard let key = try keyring.keys([id], on: transaction.connection)[id] else { return nil }
      return try JWE.open(text, with: key)
    }
  }

  private func perform(
    _ file: FetchEffect.File, _ effect: FetchEffect, in body: [UInt8]?
  ) async throws -> FetchedFiles.Result {
    let id = file.facts.attachment
    if let known = try await known(id) { return .stored(known) }
    guard let source = file.place.flatMap(AttachmentSource.init) else {
      return .failed(reason: "unsupported", code: nil)
    }
    let channel: any ChannelAdapter
    do { channel = try channels.adapter(for: effect.channel) } catch {
      return .failed(reason: error.code.rawValue, code: nil)
    }
    let outcome = await channel.fetch(
      source, in: body, maximumBytes: Self.maximumBytes, from: effect.secrets, using: client)
    switch outcome {
    case .fetched(let bytes, let mediaType):
      guard bytes.count <= Self.maximumBytes else { return .failed(reason: "too-large", code: nil) }
      let sha256 = hexadecimal(SHA256.hash(data: bytes))
      if let said = file.place?.sha256, said != sha256 { return .failed(reason: "wrong-checksum", code: nil) }
      let content = AttachmentStored.Private(name: file.place?.name, sha256: sha256)
      return .stored(
        try await store(
          bytes, mediaType: mediaType ?? file.facts.mediaType ?? "application/octet-stream", content, id,
          effect))
    case .notFetched(let reason, let code, let retryAfter):
      return .notFetched(reason: reason, code: code, retryAfterSeconds: retryAfter?.seconds)
    case .failed(let reason, let code): return .failed(reason: reason, code: code)
    }
  }

  private func known(_ id: AttachmentID) async throws -> FetchedFiles.Stored? {
    try await pool.withConnection { connection in
      let rows = try connection.execute(
        "select blob, media_type, bytes, sealed from stage.fetched where attachment = $1", [.uuid(id.uuid)])
      return rows.first.map {
        FetchedFiles.Stored(
          blob: hexadecimal($0.bytes(0)), mediaType: $0.text(1), bytes: Int($0.int8(2)), sealed: $0.text(3))
      }
    }
  }

  private func store(
    _ bytes: [UInt8], mediaType: String, _ content: AttachmentStored.Private, _ id: AttachmentID,
    _ effect: FetchEffect
  ) async throws -> FetchedFiles.Stored {
    let described = String(decoding: try JWE.seal(JSON.encode(content), with: effect.key), as: UTF8.self)
    let sealed = try JWE.seal(bytes, with: effect.key)
    let hash = Array(SHA256.hash(data: sealed))
    let count = bytes.count
    try await pool.withTransaction { transaction in
      try BlobStore.put(sealed, hash: hash, in: transaction)
      try transaction.execute(
        "select stage.note_fetched($1, $2, $3, $4, $5, $6)",
        [
          .uuid(id.uuid), .uuid(effect.tenant.uuid), .bytes(hash), .text(mediaType), .int8(Int64(count)),
          .text(described),
        ])
    }
    return FetchedFiles.Stored(blob: hexadecimal(hash), mediaType: mediaType, bytes: count, sealed: described)
  }
}
