import Contracts
import Crypto
import Foundation

/// Proves that a browser is the visitor whom this server once named; nothing is stored for it.
///
/// `base64url(visitor id) "." base64url(HMAC-SHA-256)`, under a key derived from the tenant's key with HKDF,
/// over connection and visitor. It has no end of its own: with the tenant's key, or the contact's, it loses
/// its use.
enum VisitorToken {
  static func make(_ visitor: UUID, on connection: ConnectionID, tenantKey: SealingKey) -> String {
    var text = Base64URL.encode(visitor.bytes)
    text.append(dot)
    text += Base64URL.encode(Array(code(visitor, connection, tenantKey)))
    return String(decoding: text, as: UTF8.self)
  }

  /// The visitor, when the token was made for this connection; compared in constant time.
  static func visitor(of token: String, on connection: ConnectionID, tenantKey: SealingKey) -> UUID? {
    guard token.utf8.count <= 128 else { return nil }
    let parts = Array(token.utf8).split(separator: dot, omittingEmptySubsequences: false)
    guard parts.count == 2, let id = Base64URL.decode(parts[0]), let visitor = UUID(bytes: id),
      let given = Base64URL.decode(parts[1]),
      HMAC<SHA256>.isValidAuthenticationCode(
        given, authenticating: message(visitor, connection), using: signingKey(tenantKey))
    else { return nil }
    return visitor
  }

  private static let dot = UInt8(ascii: ".")

  private static func signingKey(_ tenantKey: SealingKey) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: tenantKey.key, info: Array("aigentable web chat visitors".utf8), outputByteCount: 32)
  }

  private static func message(_ visitor: UUID, _ connection: ConnectionID) -> [UInt8] {
    connection.uuid.bytes + visitor.bytes
  }

  private static func code(
    _ visitor: UUID, _ connection: ConnectionID, _ tenantKey: SealingKey
  ) -> HMAC<SHA256>.MAC {
    HMAC<SHA256>.authenticationCode(for: message(visitor, connection), using: signingKey(tenantKey))
  }
}
