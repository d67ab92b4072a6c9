import Contracts
import Foundation
import JSON
import Keyring
import Postgres

/// The files of an export, opened.
package struct ContactFiles: Sendable {
  private let pool: PostgresPool
  private let keyring: Keyring

  package init(pool: PostgresPool, keyring: Keyring) {
    self.pool = pool
    self.keyring = keyring
  }

  /// Hands over each file that is there, by the id of its attachment, one after the other.
  /// - Parameter export: what `ContactExport` gave.
  package func forEach(_ export: [UInt8], _ take: @Sendable (AttachmentID, [UInt8]) throws -> Void)
    async throws
  {
    let messages = (try ContactExport.parsed(export)["conversations"]?.array ?? []).flatMap {
      $0["messages"]?.array ?? []
    }
    for file in messages.flatMap({ $0["attachments"]?.array ?? [] }) {
      guard let id = file["id"]?.string.flatMap({ AttachmentID($0) }),
        let hash = file["blob"]?.string.flatMap(\.hexadecimalBytes), let bytes = try await open(hash)
      else { continue }
      try take(id, bytes)
    }
  }

  private func open(_ hash: [UInt8]) async throws -> [UInt8]? {
    try await pool.withConnection { [keyring] connection in
      guard
        let sealed = try connection.execute(
          "select bytes from knowledge.blob where hash = $1", [.bytes(hash)]
        ).first
      else { return nil }
      let text = String(decoding: sealed.bytes(0), as: UTF8.self)
      let keyID = try JWE.keyID(of: text)
      return try keyring.keys([keyID], on: connection)[keyID].map { try JWE.open(text, with: $0) }
    }
  }
}
