import Contracts
import Crypto
import Foundation
import Testing

@Suite struct JWETests {
  private let key = SealingKey(
    id: KeyID(UUID.version7()),
    key: SymmetricKey(data: (0..<32).map { UInt8($0) })
  )
  private let plaintext = Array(#"{"text":"Größe 42 👟"}"#.utf8)

  // MARK: Sealing and opening

  @Test(arguments: [0, 1, 2, 3, 15, 16, 17, 1_000])
  func whatIsSealedOpens(length: Int) throws {
    let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let text = try sealed(plain)
    #expect(try JWE.open(text, with: key) == plain)
    // What this key object sealed or opened is remembered; another of the same bytes works it out.
    #expect(try JWE.open(text, with: SealingKey(id: key.id, key: key.key)) == plain)
    #expect(try JWE.keyID(of: text) == key.id)
  }

  @Test func fiveMegabytesAreSealedAndOpened() throws {
    let plain = [UInt8](repeating: 0x5A, count: 5 << 20)
    #expect(try JWE.open(sealed(plain), with: SealingKey(id: key.id, key: key.key)) == plain)
  }

  @Test func theSameTwiceIsSealedUnderTwoNonces() throws {
    #expect(try sealed(plaintext) != sealed(plaintext))
  }

  // MARK: Forgery

  @Test func aChangeOfAnyCharacterIsRefused() throws {
    let text = Array(try sealed(plaintext).utf8)
    for position in text.indices {
      for character in Array("AB.=\n".utf8) where character != text[position] {
        var forged = text
        forged[position] = character
        #expect(throws: SealingError.self, "position \(position)") {
          try JWE.open(String(decoding: forged, as: UTF8.self), with: key)
        }
      }
    }
  }

  @Test(arguments: [2, 3, 4])
  func aChangeOfAnyBitOfNonceCiphertextOrTagIsNotAuthentic(part: Int) throws {
    var parts = try sealed(plaintext).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let bytes = try #require(Base64URL.decode(Array(parts[part].utf8)))
    for position in bytes.indices {
      for bit in 0..<8 {
        var forged = bytes
        forged[position] ^= 1 << bit
        parts[part] = String(decoding: Base64URL.encode(forged), as: UTF8.self)
        #expect(throws: SealingError.notAuthentic) {
          try JWE.open(parts.joined(separator: "."), with: key)
        }
      }
    }
  }

  @Test func aChangeOfAnyBitOfTheHeaderIsRefused() throws {
    var parts = try sealed(plaintext).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let bytes = try #require(Base64URL.decode(Array(parts[0].utf8)))
    for position in bytes.indices {
      for bit in 0..<8 {
        var forged = bytes
        forged[position] ^= 1 << bit
        parts[0] = String(decoding: Base64URL.encode(forged), as: UTF8.self)
        #expect(throws: SealingError.self) { try JWE.open(parts.joined(separator: "."), with: key) }
      }
    }
  }

  @Test func aTextCutAnywhereIsMalformedOrNotAuthentic() throws {
    let text = try sealed(plaintext)
    for length in 0..<text.utf8.count {
      #expect(throws: SealingError.self, "length \(length)") {
        try JWE.open(String(text.prefix(length)), with: key)
      }
    }
  }

  @Test func theKeyOfAnotherIDIsTheWrongKey() throws {
    let other = SealingKey(id: KeyID(UUID.version7()), key: key.key)
    let text = try sealed(plaintext)
    #expect(throws: SealingError.wrongKey) { try JWE.open(text, with: other) }
  }

  @Test func otherBytesUnderTheSameIDAreNotAuthentic() throws {
    let other = SealingKey(id: key.id, key: SymmetricKey(size: .bits256))
    let text = try sealed(plaintext)
    #expect(throws: SealingError.notAuthentic) { try JWE.open(text, with: other) }
  }

  // MARK: Headers

  @Test(arguments: [
    #"{"alg":"dir","enc":"A256GCM"}"#, #"{"alg":"A256KW","enc":"A256GCM","kid":"KID"}"#,
    #"{"alg":"dir","enc":"A128GCM","kid":"KID"}"#, #"{"alg":"dir","enc":"A256GCM","kid":"a name"}"#,
    #"{"alg":"dir","enc":"A256GCM","kid":"KID"]]"#, #"{"alg":"dir","enc":"A256GCM","kid":"KID""#, "", "{}",
    "[]",
    #"{"alg":"dir","enc":"A256GCM","kid":"KID","zip":"DEF"}"#,
    #"{"alg":"dir","enc":"A256GCM","kid":"KID","crit":["exp"],"exp":1}"#,
  ])
  func aHeaderThatSaysSomethingElseIsMalformed(header: String) throws {
    let text = try resealed(under: header.replacing("KID", with: key.id.description))
    #expect(throws: SealingError.malformed) { try JWE.open(text, with: key) }
    #expect(throws: SealingError.malformed) { try JWE.keyID(of: text) }
  }

  @Test(arguments: [
    #"{"kid":"KID","enc":"A256GCM","alg":"dir"}"#, #"{ "alg": "dir", "enc": "A256GCM", "kid": "KID" }"#,
    #"{"alg":"dir","enc":"A256GCM","kid":"KID","typ":"JOSE"}"#,
  ])
  func aHeaderThatSaysTheSameInOtherWordsIsRead(header: String) throws {
    let text = try resealed(under: header.replacing("KID", with: key.id.description))
    #expect(try JWE.open(text, with: key) == plaintext)
    #expect(try JWE.keyID(of: text) == key.id)
  }

  @Test(arguments: [
    "", ".", "....", ".....", "a.b.c.d.e", "🔑..🔑.🔑.🔑", "e30..AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA",
  ])
  func whatIsNoCompactJWEIsMalformed(text: String) {
    #expect(throws: SealingError.malformed) { try JWE.open(text, with: key) }
    #expect(throws: SealingError.malformed) { try JWE.keyID(of: text) }
  }

  @Test func anEncryptedKeyIsMalformed() throws {
    let text = try sealed(plaintext).replacing("..", with: ".AAAA.")
    #expect(throws: SealingError.malformed) { try JWE.open(text, with: key) }
  }

  private func sealed(_ plain: [UInt8]) throws -> String {
    String(decoding: try JWE.seal(plain, with: key), as: UTF8.self)
  }

  /// The plaintext, rightly sealed under a header of any kind.
  private func resealed(under header: String) throws -> String {
    let coded = Base64URL.encode(Array(header.utf8))
    let box = try AES.GCM.seal(plaintext, using: key.key, authenticating: coded)
    let parts = [
      coded, [], Base64URL.encode(Array(box.nonce)), Base64URL.encode(Array(box.ciphertext)),
      Base64URL.encode(Array(box.tag)),
    ]
    return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
  }
}
