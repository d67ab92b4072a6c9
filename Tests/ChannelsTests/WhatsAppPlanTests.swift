import Contracts
import FoundationEssentials
import Testing

@testable import Channels

/// What a message becomes before anything is called.
@Suite struct WhatsAppPlanTests {
  private static let now = Date(timeIntervalSince1970: 1_780_000_000)

  private func message(
    _ text: String = "",
    thread: String? = nil,
    subject: String? = nil,
    files: [OutboundAttachment] = [],
    choices: [OutboundChoice] = [],
    template: MessageTemplate? = nil,
    lastInbound: Date? = nil
  ) -> OutboundMessage {
    OutboundMessage(
      id: MessageID(UUID.version7()),
      address: "44",
      thread: thread,
      text: text,
      subject: subject,
      attachments: files,
      choices: choices,
      template: template,
      context: SendContext(now: Self.now, lastInbound: lastInbound)
    )
  }

  private func file(
    _ kind: AttachmentKind,
    _ mediaType: String,
    bytes: Int = 3
  ) -> OutboundAttachment {
    OutboundAttachment(kind: kind, mediaType: mediaType, name: "f", bytes: Array(repeating: 7, count: bytes))
  }

  private func choice(_ title: String, _ payload: String? = nil, _ description: String? = nil)
    -> OutboundChoice
  {
    OutboundChoice(title: title, payload: payload ?? "p-\(title)", description: description)
  }

  private func summary(_ message: OutboundMessage) throws(WhatsAppRefusal) -> [String] {
    try WhatsAppPlan.parts(of: message).map { part in
      switch part {
      case .text(let text): "text \(text)"
      case .file(let file, let caption): "\(file.kind.rawValue) \(file.mediaType) \(caption ?? "-")"
      case .interactive(.buttons(let body, let choices)): "buttons \(body) \(choices.map(\.title))"
      case .interactive(.list(let body, let choices)): "list \(body) \(choices.map(\.title))"
      case .location(let place): "location \(place.name ?? "-")"
      case .contacts(let cards): "contacts \(cards.map(\.name))"
      case .template: "template"
      }
    }
  }

  private func refusal(_ message: OutboundMessage) -> String? {
    do throws(WhatsAppRefusal) {
      _ = try summary(message)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test(arguments: [
    (0.0, nil), (86_399, nil), (86_400, "outside-window"), (1e9, "outside-window"),
  ])
  func freeTextGoesOutWithin24Hours(elapsed: Double, expected: String?) {
    #expect(refusal(message("hi", lastInbound: Self.now - elapsed)) == expected)
    #expect(refusal(message("hi")) == nil)
  }

  @Test func aTemplateStandsInForTextThatMayNotBeSent() throws {
    let template = MessageTemplate(name: "hello", language: "en")
    #expect(try summary(message("hi", template: template, lastInbound: Self.now)) == ["text hi"])
    #expect(try summary(message("hi", template: template, lastInbound: Self.now - 90_000)) == ["template"])
    #expect(try summary(message(" ", template: template, lastInbound: Self.now)) == ["template"])
    let spoken = MessageTemplate.Media(kind: .voice, url: "https://a.example/f")
    let wrong = MessageTemplate(name: "hello", language: "en", header: .init(media: spoken))
    #expect(refusal(message("", template: wrong)) == "invalid-request")
  }

  @Test func theTextIsTheCaptionOfAFileThatCanHaveOne() throws {
    #expect(try summary(message("**hi**", files: [file(.image, "image/png")])) == ["image image/png *hi*"])
    #expect(try summary(message("", files: [file(.video, "video/mp4")])) == ["video video/mp4 -"])
    #expect(
      try summary(message("hi", files: [file(.sticker, "image/webp")])) == [
        "sticker image/webp -", "text hi",
      ]
    )
    #expect(
      try summary(message("hi", files: [file(.image, "image/png"), file(.document, "application/pdf")]))
        == ["image image/png -", "document application/pdf -", "text hi"]
    )
    let long = String(repeating: "word ", count: 205)
    #expect(try summary(message(long, files: [file(.image, "image/png")])).count == 2)
  }

  @Test(arguments: [
    (AttachmentKind.voice, "audio/ogg", 3, "voice"), (.voice, "audio/mpeg", 3, "audio"),
    (.sticker, "image/png", 3, "image"),
    (.image, "image/png", 6 << 20, "document"), (.image, "image/webp", 3, "document"),
    (.document, "text/csv", 3, "document"), (.video, "application/pdf", 3, "document"),
  ])
  func aFileThatIsNoneOfItsKindGoesAsAnother(
    kind: AttachmentKind,
    mediaType: String,
    bytes: Int,
    expected: String
  ) throws {
    let upload = try WhatsAppUpload(file(kind, mediaType, bytes: bytes))
    #expect(upload.kind.rawValue == expected)
    #expect(upload.mediaType == (mediaType == "text/csv" ? "text/plain" : mediaType))
  }

  @Test func aFileThatWhatsAppDoesNotTakeIsRefused() {
    #expect(refusal(message("hi", files: [file(.document, "application/zip")])) == "unsupported")
    #expect(refusal(message("hi", files: [file(.image, "image/gif")])) == "unsupported")
    #expect(
      refusal(message("hi", files: [file(.document, "application/pdf", bytes: (100 << 20) + 1)]))
        == "too-large")
    #expect(
      refusal(message("", files: Array(repeating: file(.image, "image/png"), count: 11))) == "invalid-request"
    )
  }

  @Test func upToThreeShortChoicesAreButtons() throws {
    #expect(
      try summary(message("which?", choices: ["a", "b", "c"].map { choice($0) }))
        == [#"buttons which? ["a", "b", "c"]"#]
    )
  }

  @Test func moreOrLongerOrDescribedChoicesAreAList() throws {
    let four = ["a", "b", "c", "d"].map { choice($0) }
    #expect(try summary(message("which?", choices: four)) == [#"list which? ["a", "b", "c", "d"]"#])
    let long = [choice(String(repeating: "x", count: 21))]
    #expect(try summary(message("which?", choices: long))[0].hasPrefix("list"))
    #expect(try summary(message("which?", choices: [choice("a", "p", "more")]))[0].hasPrefix("list"))
    let body = String(repeating: "x", count: 1_025)
    #expect(try summary(message(body, choices: [choice("a")]))[0].hasPrefix("list"))
  }

  @Test func otherChoicesAreNumberedInTheText() throws {
    let eleven = (1...11).map { choice("c\($0)") }
    #expect(try summary(message("which?", choices: eleven))[0].hasSuffix("\n10. c10\n11. c11"))
    let twice = [choice("a", "1"), choice("a", "2", "more")]
    #expect(try summary(message("which?", choices: twice)) == ["text which?\n\n1. a\n2. a: more"])
    #expect(
      try summary(message("which?", thread: "G", choices: [choice("*a*")])) == ["text which?\n\n1. *a*"])
    #expect(try summary(message("", choices: [choice("a")])) == ["text 1. a"])
    let wordy = [choice("a", String(repeating: "p", count: 257))]
    #expect(try summary(message("which?", choices: wordy)) == ["text which?\n\n1. a"])
  }

  /// Otherwise the marks would stand there as they are, and the rest of the code be read as text.
  @Test func codeThatIsCutEndsWithItsPartAndBeginsAgainWithTheNext() throws {
    let lines = (1...300).map { "echo \"line *\($0)* of a long script\"" }
    let text = "Run this:\n\n```sh\n\(lines.joined(separator: "\n"))\n```\n\nThat is **all**."
    let parts = try summary(message(text)).map { String($0.dropFirst("text ".count)) }
    #expect(parts.count > 2 && parts.allSatisfy { $0.utf16.count <= WhatsAppPlan.maximumTextLength })
    let cut = parts.map { $0.split(separator: "\n").map(String.init) }
    for (number, part) in cut.enumerated() {
      #expect(part.count { $0 == "```" } == 2 && (number == 0 || part.first == "```"), "\(part)")
    }
    #expect(cut.joined().filter { $0 != "```" } == ["Run this:"] + lines + ["That is *all*."])
    // A cut just before the end leaves no empty block.
    #expect(
      WhatsAppText.closingCode(["```\na", "```", "b"]) == ["```\na\n```", "b"]
        && WhatsAppText.closingCode(["```\na", "```\nb"]) == ["```\na\n```", "b"])
    // What is cut elsewhere stays as it is.
    let around = "```\ncode\n```\n\n" + String(repeating: "word ", count: 2_000)
    #expect(try summary(message(around)).count { $0.contains("```") } == 1)
  }

  @Test func theChoicesOfALongTextStandBelowItsLastPart() throws {
    let text = Array(repeating: "A sentence of some words.", count: 170).joined(separator: " ")
    let parts = try summary(message(text, choices: [choice("a")]))
    #expect(parts.count == 2)
    #expect(parts[0].hasPrefix("text"))
    #expect(parts[1].hasPrefix("buttons"))
  }

  @Test func aSubjectIsTheFirstLine() throws {
    #expect(try summary(message("hi", subject: "About")) == ["text About\n\nhi"])
    #expect(refusal(message(" ")) == "empty-text")
  }
}
