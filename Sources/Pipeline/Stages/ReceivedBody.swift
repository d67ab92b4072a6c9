import Contracts
import Foundation
import Keyring
import Knowledge
import Postgres

/// What came in, still sealed: the body of a webhook, or an e-mail.
package struct ReceivedBody {
  let connection: ConnectionID
  package let channel: Channel
  let keyID: KeyID?
  /// Where its bytes lie in the blob store; nil when the event holds them.
  let blob: String?
  /// The bytes, wherever they lie, and who sent them, where our own endpoint knew; nil when nothing is sealed.
  package let open: (SealingKey, Transaction) throws -> (bytes: [UInt8], sender: String?)?

  package init(_ event: Event) throws {
    if event.type == EmailReceived.type {
      let value = try EmailReceived.read(event)
      (connection, channel, keyID) = (value.facts.connection, value.facts.channel, try value.keyID)
      blob = value.facts.blob
      open = { key, transaction in try value.bytes(with: key, blobsIn: transaction).map { ($0, nil) } }
    } else {
      let value = try WebhookReceived.read(event)
      (connection, channel, keyID) = (value.facts.connection, value.facts.channel, try value.keyID)
      blob = value.facts.blob
      open = { key, transaction in
        try value.opened(with: key, blobsIn: transaction).map { (Array($0.body.utf8), $0.sender) }
      }
    }
  }
}

extension EventValue<EmailReceived> {
  fileprivate func bytes(with key: SealingKey, blobsIn transaction: Transaction) throws -> [UInt8]? {
    guard let content = try opened(with: key) else { return nil }
    if let message = content.message {
      guard let bytes = Data(base64Encoded: message) else {
        throw StageError.unprocessable("the e-mail is no base64")
      }
      return Array(bytes)
    }
    guard let blob = facts.blob, let hash = blob.hexadecimalBytes,
      let sealed = try BlobStore.get(hash: hash, in: transaction)
    else { throw StageError.unprocessable("the e-mail's blob is not in the store") }
    return try JWE.open(String(decoding: sealed, as: UTF8.self), with: key)
  }
}
