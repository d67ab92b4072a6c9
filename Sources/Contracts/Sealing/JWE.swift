import Crypto
import JSON

/// A symmetric key of the keyring with the id that names it.
package struct SealingKey: Sendable {
  package let id: KeyID
  package let key: SymmetricKey
  /// The protected header, encoded once per key.
  fileprivate let header: [UInt8]
  /// What is worked out with this key again and again; copies of a key share it.
  package let memory = KeyMemory()

  package init(id: KeyID, key: SymmetricKey) {
    self.id = id
    self.key = key
    header = Base64URL.encode(Array(#"{"alg":"dir","enc":"A256GCM","kid":"\#(id)"}"#.utf8))
  }
}

/// Compact JWE (RFC 7516 §3.1) with direct encryption (`dir`) and A256GCM (RFC 7518 §4.5, §5.3).
///
/// The listed packages have AES-GCM but no JWE; joining the five parts is all that is done here.
package enum JWE {
  package static func seal(_ plaintext: [UInt8], with key: SealingKey) throws -> [UInt8] {
    let box = try AES.GCM.seal(plaintext, using: key.key, authenticating: key.header)
    var text = key.header
    text.reserveCapacity(text.count + (plaintext.count + 28) * 4 / 3 + 8)
    text.append(contentsOf: [dot, dot])
    text += Base64URL.encode(Array(box.nonce))
    text.append(dot)
    text += Base64URL.encode(Array(box.ciphertext))
    text.append(dot)
    text += Base64URL.encode(Array(box.tag))
    OpenedTexts.shared.note(plaintext, of: text, under: key)
    return text
  }

  /// The id of the key that sealed `text`.
  package static func keyID(of text: some StringProtocol) throws(SealingError) -> KeyID {
    guard
      let found = text.utf8.withContiguousStorageIfAvailable({ header(at: $0) })
        ?? Array(text.utf8).withUnsafeBufferPointer({ header(at: $0) })
    else { throw .malformed }
    return try keyID(ofHeader: found)
  }

  private static func header(at text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let start = UnsafeBufferPointer(rebasing: text.prefix(512))
    guard let end = start.firstIndex(of: dot) else { return nil }
    return Base64URL.decode(start[..<end])
  }

  package static func open(_ text: String, with key: SealingKey) throws(SealingError) -> [UInt8] {
    let sealed = Array(text.utf8)
    if let plaintext = OpenedTexts.shared.plaintext(of: sealed, under: key) { return plaintext }
    let plaintext = try decrypt(sealed, with: key)
    OpenedTexts.shared.note(plaintext, of: sealed, under: key)
    return plaintext
  }

  private static func decrypt(_ sealed: [UInt8], with key: SealingKey) throws(SealingError) -> [UInt8] {
    let parts = sealed.split(separator: dot, omittingEmptySubsequences: false)
    guard parts.count == 5, parts[1].isEmpty, let nonce = Base64URL.decode(parts[2]), nonce.count == 12,
      let ciphertext = Base64URL.decode(parts[3]), let tag = Base64URL.decode(parts[4]), tag.count == 16
    else { throw .malformed }
    if !parts[0].elementsEqual(key.header) {
      // Another writer may order the header's members differently; what it says must still be the same.
      guard let header = Base64URL.decode(parts[0]) else { throw .malformed }
      guard try keyID(ofHeader: header) == key.id else { throw .wrongKey }
    }
    do {
      let box = try AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: nonce), ciphertext: ciphertext, tag: tag)
      return try Array(AES.GCM.open(box, using: key.key, authenticating: parts[0]))
    } catch {
      throw .notAuthentic
    }
  }

  private static let dot = UInt8(ascii: ".")
  private static let prefix = Array(#"{"alg":"dir","enc":"A256GCM","kid":""#.utf8)

  private static func keyID(ofHeader header: [UInt8]) throws(SealingError) -> KeyID {
    if header.starts(with: prefix), header.count == prefix.count + 38,
      header.suffix(2).elementsEqual(#""}"#.utf8)
    {
      let text = String(decoding: header[prefix.count..<(prefix.count + 36)], as: UTF8.self)
      if let id = KeyID(text) { return id }
    }
    guard let parsed = try? JSON.decode(Header.self, from: header), parsed.alg == "dir",
      parsed.enc == "A256GCM",
      parsed.crit == nil, parsed.zip == nil
    else { throw .malformed }
    return parsed.kid
  }

  private struct Header: Codable {
    let alg: String
    let enc: String
    let kid: KeyID
    /// Extensions that must be understood (RFC 7516 §4.1.13) and compression (§4.1.3): neither is, so both are refused.
    let crit: [String]?
    let zip: String?
  }
}

package enum SealingError: Error, Equatable {
  /// Not a compact JWE with `dir` and `A256GCM`.
  case malformed
  /// Sealed under another key than the one given.
  case wrongKey
  /// The authentication tag does not match: changed after sealing, or the wrong key bytes.
  case notAuthentic
  /// The key was destroyed, or never existed: what it sealed cannot be read by anyone.
  case keyIsGone(KeyID)
}
