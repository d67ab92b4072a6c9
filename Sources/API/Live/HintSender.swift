import Contracts
import Keyring
import Postgres

/// Tells all processes that hold streams open that someone writes. A hint: it may be lost.
struct HintSender: Sendable {
  let pool: PostgresPool
  let keyring: Keyring

  /// - Parameter author: `contact` or `person`.
  func typing(of author: String, in conversation: ConversationID, contact: ContactID) async throws {
    try await pool.withConnection { [keyring] connection in
      let id = KeyID(contact.uuid)
      guard let key = try keyring.keys([id], on: connection)[id] else { return }
      let line = try TokenHint.seal(typing: author, in: conversation, with: key)
      try connection.execute("select pg_notify($1, $2)", [.text(TokenHint.channel), .text(line)])
    }
  }
}
