import Channels
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

extension ReceivedBody {
  /// Whether everything that was read of it is what one and the same person said or did, or what became of what was
  /// sent to them. Whom a body is known to concern does not tell: nobody is known of someone who never wrote, nor of
  /// what was passed over.
  package func isOfOnePerson(
    _ bytes: [UInt8], sender: String?, readBy channels: ChannelAdapters, knowing directory: DirectorySnapshot
  ) -> Bool {
    guard let secrets = directory.connections[connection]?.secrets,
      let adapter = try? channels.adapter(for: channel),
      let items = try? adapter.parse(bytes, sender: sender, for: secrets), let person = items.first?.person
    else { return false }
    return items.allSatisfy { $0.person == person }
  }
}

extension InboundItem {
  /// The address of whose message, or change to one, it is, or of whom it was sent to; nil for all else, as an echo,
  /// which others wrote.
  fileprivate var person: String? {
    switch self {
    case .message, .edit, .deletion, .reaction, .status: origin?.address
    case .echo, .progress, .move, .control, .consent, .notice, .other: nil
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
