import CCurl
import Foundation

/// Whether an address is one of the public internet: what may be reached on behalf of someone else.
///
/// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890): whatever is not globally reachable is not
/// public, nor are multicast and the addresses that carry an IPv4 address which is not.
enum PublicAddress {
  /// - Parameter text: numeric, as `inet_ntop` writes it.
  static func includes(_ text: String) -> Bool {
    var v4 = in_addr()
    if inet_pton(AF_INET, text, &v4) == 1 { return includes(v4: withUnsafeBytes(of: v4) { Array($0) }) }
    var v6 = in6_addr()
    // A link-local address may name its zone; it is not public either way.
    guard inet_pton(AF_INET6, text, &v6) == 1 else { return false }
    return includes(v6: withUnsafeBytes(of: v6) { Array($0) })
  }

  /// - Parameter address: a `sockaddr_in` or `sockaddr_in6`; every other family is not public.
  static func includes(socketAddress address: UnsafeRawBufferPointer) -> Bool {
    let family = address.count >= 2 ? Int32(address.loadUnaligned(as: sa_family_t.self)) : -1
    if family == AF_INET, address.count >= 8 { return includes(v4: Array(address[4..<8])) }
    if family == AF_INET6, address.count >= 24 { return includes(v6: Array(address[8..<24])) }
    return false
  }

  private static func includes(v4 bytes: [UInt8]) -> Bool {
    let value = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return !specialV4.contains { value >> (32 - $0.bits) == $0.prefix >> (32 - $0.bits) }
  }

  private static func includes(v6 bytes: [UInt8]) -> Bool {
    let head = bytes.prefix(12)
    // IPv4-mapped, and the well-known prefix of NAT64 (RFC 6052).
    if head.elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
      || head.elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
    {
      return includes(v4: Array(bytes.suffix(4)))
    }
    // 6to4 (RFC 3056).
    if bytes.starts(with: [0x20, 0x02]) { return includes(v4: Array(bytes[2..<6])) }
    let value = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    // Global unicast is 2000::/3 alone; of it 2001::/23 is for protocols, 2001:db8::/32 and 3fff::/20 for documents.
    return value >> 29 == 1 && value >> 9 != 0x2001_0000 >> 9 && value != 0x2001_0DB8
      && value >> 12 != 0x3FFF_0000 >> 12
  }

  private static let specialV4: [(prefix: UInt32, bits: UInt32)] = [
    (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16),
    (0xAC10_0000, 12), (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16),
    (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
  ]
}
