/// A mailbox: `name <address>` (RFC 5322, section 3.4).
package struct MailAddress: Sendable, Equatable {
  package let name: String?
  package let address: String

  package init(name: String? = nil, address: String) {
    self.name = name
    self.address = address
  }

  /// What can stand in a command of SMTP and a header field as it is: one `@`, a local part of ASCII, no
  /// blank, control character or bracket, at most 254 bytes (RFC 5321, section 4.5.3.1).
  package var isDeliverable: Bool {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && address.utf8.count <= 254
      && parts[0].allSatisfy(\.isASCII)
      && !address.unicodeScalars.contains {
        $0.value <= 0x20 || $0.value == 0x7F || "<>()[],;:\\\"".unicodeScalars.contains($0)
      }
  }

  package var domain: String { String(address.drop { $0 != "@" }.dropFirst()) }
}
