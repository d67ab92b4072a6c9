import Mail
import Testing

/// What is taken out of a message before anybody looks at it, and how much of it may be there.
@Suite struct MIMEMessageTests {
  private func body(_ encoding: String, _ text: String) throws -> String {
    let mail = "From: a@b.example\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n\(text)"
    let bytes = try #require(try MIMEMessage(parsing: Array(mail.utf8)).body?.bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("base64", "aGVs\r\nbG8=\r\n", "hello"), ("base64", "aG\nVsb\n\nG8=", "hello"),
    ("base64", "aGVsbG9=", "hello"),
    ("base64", "aGVs\r\nbG8=\r\n-- of a list", "hello"), ("base64", "aG8=\r\naGVs", "ho"),
    // What is no whole group is lost, and what is no letter of it is passed over.
    ("base64", "aGVsbG8", "hel"), ("base64", "a!GV\u{0}s=bG8", "hel"), ("base64", "aG=", "h"),
    ("base64", "=aGVs", ""), ("base64", "aG=s", "h"), ("base64", "====", ""), ("base64", "aGVs====", "hel"),
    ("quoted-printable", "a=\r\nb =3D=3d=\nc=zz\r\n", "ab ==c=zz\r\n"),
    ("quoted-printable", "gr=C3=BCn\u{0}ü =4", "grün\u{0}ü "),
    ("x-uuencode", "see\r\nbegin 644 a\r\n#0V%T\r\n`\r\nend\r\n", "Cat"), ("x-uuencode", "no beginning", ""),
    ("8bit", "gr\u{FC}n\r\n\u{0} =3D", "gr\u{FC}n\r\n\u{0} =3D"), ("7bit", "", ""),
    ("nonsense", "a=3D", "a=3D"),
  ])
  func aPartIsWithoutItsEncoding(encoding: String, text: String, decoded: String) throws {
    let body = try body(encoding, text)
    #expect(body.utf8.elementsEqual(decoded.utf8), "\(body.debugDescription)")
  }

  /// Whatever stands at the bounds of what is read at once.
  @Test func aLongPartIsWhole() throws {
    let words = (0..<20_000).map { "\($0)" }.joined(separator: "ü ")
    #expect(try body("8bit", words) == words)
    let soft = words.replacing("ü", with: "=C3=\r\n=BC").replacing(" ", with: "=20")
    #expect(try body("quoted-printable", soft) == words)
    #expect(
      try body("base64", String(repeating: "aGVs \r\n\t", count: 20_000))
        == String(repeating: "hel", count: 20_000))
  }

  @Test func boundariesAreCountedWhereverTheyStand() throws {
    var random = Seeded.named("boundariesAreCountedWhereverTheyStand")
    let others = [
      "b", "y", "boundar", "oundary", "bbbb", "yyyyyyy", "BOUNDAR\u{19}", "\r\n", "ü", "=", "b undary",
    ]
    for _ in 0..<500 {
      let count = Int.random(in: 2...6, using: &random)
      var mail = "From: a@b.example\r\nX: x\r\n\r\n"
      for _ in 0..<count {
        mail += String(repeating: "x", count: Int.random(in: 0...9, using: &random))
        mail += others.randomElement(using: &random) ?? ""
        mail += (["boundary", "BOUNDARY", "bOuNdArY"].randomElement(using: &random) ?? "") + "-"
      }
      var limits = MIMELimits()
      limits.parts = count
      #expect(throws: Never.self) { try MIMEMessage(parsing: Array(mail.utf8), limits: limits) }
      limits.parts = count - 1
      let error = #expect(throws: MIMEError.self) {
        try MIMEMessage(parsing: Array(mail.utf8), limits: limits)
      }
      #expect(error?.code == .tooManyParts, "\(mail.debugDescription)")
    }
  }
}
