import Contracts
import Foundation
import Testing

@Suite struct Base64URLTests {
  /// RFC 4648 §10, without the padding that §5 lets go.
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
    ("foobar", "Zm9vYmFy"),
  ])
  func textIsCodedAsTheSpecificationHasIt(plain: String, coded: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == Array(coded.utf8))
    #expect(Base64URL.decode(Array(coded.utf8)) == Array(plain.utf8))
  }

  @Test func bytesAreCodedAsFoundationCodesThem() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(seed: seed)
    for length in Array(0..<200) + [1_000, 4_095, 4_096, 4_097] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let coded = Data(bytes).base64EncodedString()
        .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      #expect(Base64URL.encode(bytes) == Array(coded.utf8), "seed \(seed)")
      #expect(Base64URL.decode(Array(coded.utf8)) == bytes, "seed \(seed)")
    }
  }

  @Test(arguments: ["A", "AAAAA", "AAAAAAAAA"])
  func aLengthThatNothingHasIsRefused(text: String) {
    #expect(Base64URL.decode(Array(text.utf8)) == nil)
  }

  @Test(arguments: ["AB", "A_", "AAB", "Zh", "Zm9", "Zm8v Zg"])
  func bitsLeftOverMustBeZero(text: String) {
    #expect(Base64URL.decode(Array(text.utf8)) == nil)
  }

  @Test func onlyTheAlphabetIsRead() {
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    for byte in UInt8.min...UInt8.max {
      #expect((Base64URL.decode([65, byte, 65, 65]) != nil) == alphabet.contains(byte), "byte \(byte)")
    }
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
