import Crypto
import Foundation
import Testing

@testable import Contracts

struct OpenedTextsTests {
  private let key = SealingKey(id: KeyID(UUID.version7()), key: SymmetricKey(size: .bits256))

  @Test func whatIsHeldIsBoundedAndTheOldestGoesFirst() {
    let texts = OpenedTexts(maximumBytes: 100_000)
    for number in 0..<5_000 {
      texts.note(Array("plain \(number)".utf8), of: sealed(number), under: key)
      #expect(texts.heldBytes <= 100_000)
      #expect(texts.plaintext(of: sealed(number), under: key) == Array("plain \(number)".utf8))
    }
    #expect(texts.plaintext(of: sealed(0), under: key) == nil)
  }

  @Test func whatIsUsedAgainStays() {
    let texts = OpenedTexts(maximumBytes: 100_000)
    for number in 0..<5_000 {
      texts.note(Array("plain \(number)".utf8), of: sealed(number), under: key)
      #expect(texts.plaintext(of: sealed(0), under: key) != nil)
    }
  }

  @Test func nothingIsFoundForAnotherKeyOrAnotherText() {
    let texts = OpenedTexts(maximumBytes: 100_000)
    texts.note(Array("plain".utf8), of: sealed(1), under: key)
    let sameBytes = SealingKey(id: key.id, key: key.key)
    #expect(texts.plaintext(of: sealed(1), under: sameBytes) == nil)
    var changed = sealed(1)
    changed[0] ^= 1
    #expect(texts.plaintext(of: changed, under: key) == nil)
    #expect(texts.plaintext(of: Array("short".utf8), under: key) == nil)
  }

  /// As long as a sealed text, and different in what stands for the tag.
  private func sealed(_ number: Int) -> [UInt8] {
    Array("head.body.nonce-of-a-text.\(String(format: "%022d", number))".utf8)
  }
}
