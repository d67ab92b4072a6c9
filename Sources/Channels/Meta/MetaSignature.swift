import Crypto

/// The signature on every webhook of Meta's platforms.
///
/// `X-Hub-Signature-256: sha256=` and the HMAC-SHA-256 of the body's bytes, as received, under the app's
/// secret in 64 lower-case hexadecimal digits (Meta for Developers, Webhooks, "Validating payloads").
package enum MetaSignature {
  package static let header = "X-Hub-Signature-256"

  /// Compares in constant time. False for a header of any other shape, upper-case digits included, as Meta's
  /// own comparison is one of strings; and for an empty secret, under which anyone can sign.
  package static func isValid(header: String?, body: [UInt8], secret: String) -> Bool {
    guard !secret.isEmpty, let header, header.utf8.starts(with: "sha256=".utf8),
      let code = bytes(hexadecimal: header.utf8.dropFirst(7))
    else { return false }
    return HMAC<SHA256>.isValidAuthenticationCode(
      code,
      authenticating: body,
      using: SymmetricKey(data: Array(secret.utf8))
    )
  }

  private static func bytes(hexadecimal text: Substring.UTF8View) -> [UInt8]? {
    guard text.count == 64 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in text {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}
