import Crypto
import FoundationEssentials

extension UUID {
  /// Version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits. For what comes from outside.
  package static func version7(
    at time: Date, using random: inout some RandomNumberGenerator
  ) -> UUID {
    let milliseconds = UInt64(max(0, time.microseconds / 1_000))
    let high = (milliseconds << 16) | 0x7000 | (random.next() & 0x0FFF)
    let low = (random.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    return UUID(high: high, low: low)
  }

  package static func version7() -> UUID {
    var random = SystemRandomNumberGenerator()
    return version7(at: Date(), using: &random)
  }

  /// Version 5 (RFC 9562 §5.5): SHA-1 of namespace and name. For what follows from something else, so that
  /// doing it twice yields the same id.
  package static func version5(of name: some Sequence<UInt8>, in namespace: UUID) -> UUID {
    var hash = Insecure.SHA1()
    hash.update(data: namespace.bytes)
    hash.update(data: Array(name))
    let digest = Array(hash.finalize())
    let high = digest[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = digest[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return UUID(
      high: (high & 0xFFFF_FFFF_FFFF_0FFF) | 0x5000,
      low: (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000)
  }

  package static func version5(of name: String, in namespace: UUID) -> UUID {
    version5(of: name.utf8, in: namespace)
  }

  /// The 16 bytes in network order.
  package var bytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }

  /// nil unless there are exactly 16 bytes.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes) }
    self.init(uuid: value)
  }

  private init(high: UInt64, low: UInt64) {
    var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    withUnsafeMutableBytes(of: &value) {
      $0.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
      $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    self.init(uuid: value)
  }
}
