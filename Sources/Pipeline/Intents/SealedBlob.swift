import Contracts
import Crypto
import Keyring
import Knowledge
import Postgres

/// What is a tenant's own, sealed under its key in the blob store and named by the hash of what lies there.
package enum SealedBlob {
  /// - Returns: SHA-256 of the sealed bytes, in hexadecimal.
  package static func put(
    _ bytes: [UInt8], sealedWith key: SealingKey, in transaction: Transaction
  ) throws -> String {
    let sealed = try JWE.seal(bytes, with: key)
    let hash = Array(SHA256.hash(data: sealed))
    try BlobStore.put(sealed, hash: hash, in: transaction)
    return hexadecimal(hash)
  }

  /// nil when it is not there.
  package static func get(
    _ hash: String, sealedWith key: SealingKey, in transaction: Transaction
  ) throws -> [UInt8]? {
    guard let hash = hash.hexadecimalBytes, let sealed = try BlobStore.get(hash: hash, in: transaction)
    else { return nil }
    return try JWE.open(String(decoding: sealed, as: UTF8.self), with: key)
  }
}
