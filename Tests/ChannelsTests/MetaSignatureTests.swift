import Channels
import Testing

@Suite struct MetaSignatureTests {
  /// RFC 4231, test case 2.
  static let secret = "Jefe"
  static let body = Array("what do ya want for nothing?".utf8)
  static let code = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

  func isValid(_ header: String?, body: [UInt8] = Self.body, secret: String = Self.secret) -> Bool {
    MetaSignature.isValid(header: header, body: body, secret: secret)
  }

  @Test func theBodysOwnSignatureIsValid() {
    #expect(isValid("sha256=" + Self.code))
  }

  @Test(arguments: [
    nil, "", "sha256=", "sha1=\(code)", code, "SHA256=\(code)", "sha256 =\(code)", "sha256=\(code) ",
    " sha256=\(code)",
    "sha256=\(code.uppercased())", "sha256=\(code.dropLast())", "sha256=\(code.dropLast(2))",
    "sha256=\(code)00",
    "sha256=\(code.dropLast())g", "sha256=\(code.dropLast())４", "sha256=0x\(code.dropLast(2))",
    "sha256=\(code),sha256=\(code)",
  ])
  func aHeaderOfAnotherShapeIsNot(header: String?) {
    #expect(!isValid(header))
  }

  @Test func everyForgedDigitIsFound() {
    let digits = Array(Self.code)
    for index in digits.indices {
      var forged = digits
      forged[index] = forged[index] == "0" ? "1" : "0"
      #expect(!isValid("sha256=" + String(forged)))
    }
  }

  @Test func aChangedOrTruncatedBodyOrAnotherSecretIsFound() {
    let header = "sha256=" + Self.code
    #expect(!isValid(header, body: Self.body + [0x20]))
    #expect(!isValid(header, body: Self.body.dropLast()))
    #expect(!isValid(header, body: []))
    #expect(!isValid(header, secret: "jefe"))
    #expect(!isValid(header, secret: ""))
  }

  /// The signature is of the bytes as received: the same text in other bytes is another body.
  @Test func anotherCharsetIsAnotherBody() {
    // `{"a":"é"}` under "secret", by Python's hmac.
    let utf8 = "sha256=ab2f844b0162528e4f810266361608f9e7c36b03a63d23f72017879da5e5936f"
    #expect(isValid(utf8, body: Array(#"{"a":"é"}"#.utf8), secret: "secret"))
    #expect(!isValid(utf8, body: Array(#"{"a":""#.utf8) + [0xE9] + Array(#""}"#.utf8), secret: "secret"))
    #expect(!isValid(utf8, body: Array(#"{"a":"\u00e9"}"#.utf8), secret: "secret"))
    #expect(!isValid(utf8, body: Array("{\"a\":\"e\u{301}\"}".utf8), secret: "secret"))
  }

  @Test func anEmptySecretSignsNothing() {
    // HMAC-SHA-256 of nothing under an empty key.
    #expect(
      !isValid(
        "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
        body: [],
        secret: ""
      )
    )
  }
}

@Suite struct MetaVerificationTests {
  func answer(
    mode: String? = "subscribe",
    token: String? = "right",
    challenge: String? = "1158201444",
    expected: String? = "right"
  ) -> String? {
    MetaVerification.answer(mode: mode, token: token, challenge: challenge, expected: expected)
  }

  @Test func theRightTokenIsAnsweredWithTheChallenge() {
    #expect(answer() == "1158201444")
  }

  @Test func anythingElseIsRefused() {
    #expect(answer(mode: nil) == nil)
    #expect(answer(mode: "unsubscribe") == nil)
    #expect(answer(token: nil) == nil)
    #expect(answer(token: "righ") == nil)
    #expect(answer(token: "Right") == nil)
    #expect(answer(challenge: nil) == nil)
    #expect(answer(challenge: "") == nil)
    #expect(answer(challenge: String(repeating: "1", count: 257)) == nil)
  }

  @Test func aConnectionWithoutATokenRefusesAll() {
    #expect(answer(expected: nil) == nil)
    #expect(answer(token: "", expected: "") == nil)
  }
}
