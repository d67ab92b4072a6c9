import Crypto
import FoundationEssentials
import Keyring
import Postgres

/// The key that signs checkpoints. Its private half lies wrapped under the master key in Postgres.
package struct SigningKey: Sendable {
  package typealias Public = Curve25519.Signing.PublicKey
  let key: Curve25519.Signing.PrivateKey

  /// Made at its first use. Fails when the master key is not the one that wrapped it, or when the public half beside
  /// it was exchanged.
  package static func load(master: MasterKey, on connection: PostgresConnection) throws -> SigningKey {
    let made = Curve25519.Signing.PrivateKey()
    try connection.execute(
      "insert into audit.signing_key (public, wrapped) values ($1, $2) on conflict do nothing",
      [
        .bytes(Array(made.publicKey.rawRepresentation)),
        .bytes(try master.wrap(SymmetricKey(data: made.rawRepresentation))),
      ])
    let row = try connection.execute("select public, wrapped from audit.signing_key")[0]
    let raw = try master.unwrap(row.bytes(1)).withUnsafeBytes { Array($0) }
    let key = try Curve25519.Signing.PrivateKey(rawRepresentation: raw)
    guard Array(key.publicKey.rawRepresentation) == row.bytes(0) else {
      throw AuditError(.inconsistent, "the public key beside the signing key is not its own")
    }
    return SigningKey(key: key)
  }

  /// nil before the first checkpoint.
  package static func loadPublic(on connection: PostgresConnection) throws -> Public? {
    try connection.execute("select public from audit.signing_key").first
      .map { try Public(rawRepresentation: $0.bytes(0)) }
  }
}

extension SigningKey.Public {
  /// What precedes the 32 bytes in a SubjectPublicKeyInfo of Ed25519 (RFC 8410, section 4).
  private static var prefix: [UInt8] {
    [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
  }
  private static var lines: (String, String) { ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----") }

  /// As OpenSSL reads it.
  package var pem: String {
    let text = Data(Self.prefix + Array(rawRepresentation)).base64EncodedString()
    return "\(Self.lines.0)\n\(text)\n\(Self.lines.1)\n"
  }

  /// From what `pem` gives.
  package init(pem text: String) throws {
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count == 3, lines[0] == Self.lines.0, lines[2] == Self.lines.1,
      let bytes = Data(base64Encoded: String(lines[1])), bytes.starts(with: Self.prefix)
    else { throw AuditError(.file, "this is no public key of Ed25519 in PEM") }
    try self.init(rawRepresentation: Array(bytes.dropFirst(Self.prefix.count)))
  }
}
