import Contracts
import Keyring
import Knowledge
import Postgres

extension EventValue<WebhookReceived> {
  /// What was received with the whole body, wherever it lies; nil when nothing is sealed.
  ///
  /// - Throws: `StageError.unprocessable` when the blob that the facts name is not in the store.
  package func opened(
    with key: SealingKey, blobsIn transaction: Transaction
  ) throws -> WebhookReceived.Private? {
    guard let content = try opened(with: key) else { return nil }
    guard let blob = facts.blob else { return content }
    guard let hash = blob.hexadecimalBytes, let sealed = try BlobStore.get(hash: hash, in: transaction)
    else { throw StageError.unprocessable("blob \(blob) is not in the store") }
    let body = try JWE.open(String(decoding: sealed, as: UTF8.self), with: key)
    return WebhookReceived.Private(body: String(decoding: body, as: UTF8.self), sender: content.sender)
  }
}
