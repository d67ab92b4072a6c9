import Contracts
import Crypto
import Keyring

/// A SHA-256 hash of a leaf or a node. Coded as 64 lower-case hexadecimal digits.
package struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = 32

  /// No SIMD32: it is aligned to 32 bytes, and what an async function keeps while it waits is aligned to 16 only, so
  /// such values overrun their place there.
  private struct Words: Hashable, Sendable {
    let first, second, third, fourth: UInt64
  }

  private let words: Words

  init(_ digest: SHA256Digest) {
    words = digest.withUnsafeBytes { $0.loadUnaligned(as: Words.self) }
  }

  /// nil unless there are 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    words = Array(bytes).withUnsafeBytes { $0.loadUnaligned(as: Words.self) }
  }

  /// - Precondition: 32 bytes follow `offset`.
  init(loading bytes: UnsafeRawBufferPointer, from offset: Int) {
    words = bytes.loadUnaligned(fromByteOffset: offset, as: Words.self)
  }

  package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
  package var description: String { hexadecimal(bytes) }

  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Swift.withUnsafeBytes(of: words, body)
  }
}

extension MerkleHash: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let bytes = [UInt8](hexadecimal: try container.decode(String.self)), let hash = MerkleHash(bytes)
    else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hexadecimal digits")
    }
    self = hash
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension [UInt8] {
  /// nil unless `text` is an even number of lower-case hexadecimal digits.
  init?(hexadecimal text: String) {
    let digits = text.utf8.map { digit -> UInt8? in
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    guard digits.count.isMultiple(of: 2) else { return nil }
    self.init()
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      append(high << 4 | low)
    }
  }
}
