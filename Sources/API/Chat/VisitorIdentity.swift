import Contracts
import Crypto
import Foundation
import JSON

/// Who a visitor is, as their company signed for it: a JSON Web Token (RFC 7519) under HS256 with the connection's
/// `app_secret`.
struct VisitorIdentity: Sendable, Equatable {
  /// The company's own id of the person.
  let subject: String
  let name: String?
  let email: String?
  let phone: String?

  /// What clocks may differ by.
  private static let leeway = 60.0

  private struct Header: Decodable { let alg: String }

  private struct Claims: Decodable {
    let sub: String
    /// Required: what was once signed must not hold for ever.
    let exp: Double
    let nbf: Double?
    let aud: String?
    let name: String?
    let email: String?
    let phone: String?
  }

  /// Checks the signature before anything of it is believed; `none` and all but HS256 are refused.
  /// - Parameter secrets: any of them may have signed: the one before counts too, while it is being replaced.
  init(_ token: String, secrets: [String?], connection: ConnectionID, now: Date) throws(Problem) {
    let secrets = secrets.compactMap { $0 }.filter { !$0.isEmpty }
    guard !secrets.isEmpty else {
      throw Problem(.invalidIdentity, "this connection has no secret (app_secret) to check identities with")
    }
    let parts = Array(token.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard token.utf8.count <= 4_096, parts.count == 3, let head = Base64URL.decode(parts[0]),
      let body = Base64URL.decode(parts[1]), let code = Base64URL.decode(parts[2])
    else { throw Problem(.invalidIdentity, "the identity is no signed token") }
    guard let header = try? JSON.decode(Header.self, from: head), header.alg == "HS256" else {
      throw Problem(.invalidIdentity, "the identity must be signed with HS256")
    }
    let signed = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
    let isSigned = secrets.contains {
      HMAC<SHA256>.isValidAuthenticationCode(
        code, authenticating: signed, using: SymmetricKey(data: Array($0.utf8)))
    }
    guard isSigned else {
      throw Problem(.invalidIdentity, "the identity was not signed with this connection's secret")
    }
    guard let claims = try? JSON.decode(Claims.self, from: body) else {
      throw Problem(
        .invalidIdentity, "the identity needs sub (text) and exp (seconds), and all texts to be texts")
    }
    let seconds = now.timeIntervalSince1970
    guard claims.exp + Self.leeway > seconds, (claims.nbf ?? 0) - Self.leeway <= seconds else {
      throw Problem(.invalidIdentity, "the identity is too old, or not valid yet")
    }
    guard claims.aud == nil || claims.aud == "\(connection)" else {
      throw Problem(.invalidIdentity, "the identity is for another connection")
    }
    guard (1...255).contains(claims.sub.utf8.count) else {
      throw Problem(.invalidIdentity, "sub must have 1 to 255 bytes")
    }
    subject = claims.sub
    name = try VisitorProfile.checked(claims.name, "name")
    email = try VisitorProfile.checked(claims.email, "email")
    phone = try VisitorProfile.checked(claims.phone, "phone")
  }

  /// The same person is the same visitor, on every device.
  func visitor(on connection: ConnectionID) -> UUID {
    UUID.version5(of: "identity/\(subject)", in: connection.uuid)
  }
}

/// What a visitor says of themself before the first message.
enum VisitorProfile {
  static func checked(_ text: String?, _ name: String) throws(Problem) -> String? {
    guard let text, !text.allSatisfy(\.isWhitespace) else { return nil }
    guard text.unicodeScalars.count <= 200, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
      throw Problem(.invalidContent, "$.\(name) must have at most 200 characters, all in one line")
    }
    if name == "email", !text.contains("@") { throw Problem(.invalidContent, "$.email is no address") }
    return text
  }
}
