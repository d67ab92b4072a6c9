import Channels
import Contracts
import Crypto
import Foundation
import JSON

/// Proves that a browser is the visitor whom this server once named; nothing is stored for it.
///
/// `base64url(payload) "." base64url(HMAC-SHA-256)`, under a key derived from the tenant's key with HKDF, over
/// connection and payload. The payload is the visitor's id alone, as 16 bytes, or JSON with who they are. Without
/// an end of its own it loses its use with the tenant's key, or the contact's.
struct VisitorToken: Sendable, Equatable {
  let visitor: UUID
  let profile: WebChatBody.Visitor?
  /// After it the company must sign again for who this is.
  let until: Date?

  init(_ visitor: UUID, profile: WebChatBody.Visitor? = nil, until: Date? = nil) {
    self.visitor = visitor
    self.profile = profile
    self.until = until
  }

  private struct Content: Codable {
    let visitor: UUID
    let profile: WebChatBody.Visitor?
    let until: Date?
  }

  func text(on connection: ConnectionID, tenantKey: SealingKey) throws -> String {
    let payload =
      profile == nil && until == nil
      ? visitor.bytes : try JSON.encode(Content(visitor: visitor, profile: profile, until: until))
    var text = Base64URL.encode(payload)
    text.append(Self.dot)
    text += Base64URL.encode(
      Array(
        HMAC<SHA256>.authenticationCode(
          for: Self.message(payload, connection), using: Self.signingKey(tenantKey))))
    return String(decoding: text, as: UTF8.self)
  }

  /// nil when the token was not made for this connection, or is too old; compared in constant time.
  init?(_ text: String, on connection: ConnectionID, tenantKey: SealingKey, now: Date) {
    guard text.utf8.count <= Self.maximumBytes else { return nil }
    let parts = Array(text.utf8).split(separator: Self.dot, omittingEmptySubsequences: false)
    guard parts.count == 2, let payload = Base64URL.decode(parts[0]), let given = Base64URL.decode(parts[1]),
      HMAC<SHA256>.isValidAuthenticationCode(
        given, authenticating: Self.message(payload, connection), using: Self.signingKey(tenantKey))
    else { return nil }
    if payload.count == 16 {
      guard let visitor = UUID(bytes: payload) else { return nil }
      self.init(visitor)
    } else {
      guard let content = try? JSON.decode(Content.self, from: payload) else { return nil }
      if let until = content.until, until <= now { return nil }
      self.init(content.visitor, profile: content.profile, until: content.until)
    }
  }

  private static let maximumBytes = 4_096
  private static let dot = UInt8(ascii: ".")

  private static func signingKey(_ tenantKey: SealingKey) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: tenantKey.key, info: Array("aigentable web chat visitors".utf8), outputByteCount: 32)
  }

  private static func message(_ payload: [UInt8], _ connection: ConnectionID) -> [UInt8] {
    connection.uuid.bytes + payload
  }
}
