import Foundation
import Mail
import Testing

@testable import Channels

/// What is new in a mail. The cases are those of talon.
@Suite struct EmailQuotesTests {
  @Test(arguments: [
    "android", "aol", "apple_mail", "apple_mail_2", "comcast", "gmail", "hotmail", "iphone", "outlook",
    "sparrow",
    "thunderbird", "yahoo",
  ])
  func aReplyIsFreedOfWhatItQuotesAndOfItsSignature(program: String) throws {
    let message = try EmailCases.message(file: "talon-quotes/standard_replies/\(program).eml")
    #expect(message.content.text == "Hello")
    let quoted = try #require(message.content.quoted)
    #expect(!quoted.isEmpty && quoted.utf8.count <= EmailContent.maximumQuotedBytes)
    // What was cut is the rest of what a reader sees, and nothing of it is in the text.
    #expect(!quoted.hasPrefix("Hello"))
  }

  /// Above and below the text, with the signature between, as it stood in the mail.
  @Test func whatIsCutIsKeptInTheOrderOfTheMail() {
    func content(_ text: String) -> InboundContent? {
      EmailCases.messages("From: Ann Lee <ann@example.com>\r\nSubject: s\r\n\r\n\(text)\r\n").first?.content
    }
    let top = content("Yes.\r\n\r\n-- \r\nAnn\r\n\r\nOn 1 May Bob wrote:\r\n> Red?\r\n>\r\n>   Or blue?")
    #expect(top?.text == "Yes.")
    #expect(top?.quoted == "--\nAnn\n\nOn 1 May Bob wrote:\n> Red?\n>\n>   Or blue?")
    let bottom = content("On 1 May Bob wrote:\r\n> Red?\r\n\r\nBlue.\r\n\r\n-- \r\nAnn")
    #expect(bottom?.text == "Blue." && bottom?.quoted == "On 1 May Bob wrote:\n> Red?\n\n--\nAnn")
    let outlook = content("Yes.\r\n\r\n-----Original Message-----\r\nFrom: Bob\r\n\r\nRed?")
    #expect(outlook?.text == "Yes." && outlook?.quoted == "-----Original Message-----\nFrom: Bob\n\nRed?")
    for whole in ["Yes.", "On 1 May Bob wrote:\r\n> Red?", "> Red?\r\nNo.\r\n> Blue?\r\nYes."] {
      #expect(content(whole)?.quoted == nil, "\(whole)")
      #expect(content(whole)?.text == whole.replacing("\r\n", with: "\n"))
    }
  }

  /// Each mail of a thread brings all before it: of that the beginning is kept, which ends with a whole character.
  @Test func ofMuchThatIsQuotedTheBeginningIsKept() throws {
    let line = "> ünser größtes Paket 📦📦📦 ist unterwegs\r\n"
    let mail = """
      From: ann@example.com\r\nSubject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYes.\r\n\r
      On 1 May Bob wrote:\r\n\(String(repeating: line, count: 50_000))
      """
    let content = try #require(EmailCases.messages(mail).first?.content)
    let quoted = try #require(content.quoted)
    #expect(content.text == "Yes.")
    #expect(
      (EmailContent.maximumQuotedBytes - 3...EmailContent.maximumQuotedBytes).contains(quoted.utf8.count))
    #expect(quoted.hasPrefix("On 1 May Bob wrote:\n> ünser") && !quoted.contains("\u{FFFD}"))
  }

  /// U+0000 becomes a longer character.
  @Test func whatStandsForU0000IsWithinTheBound() throws {
    let zeros = String(repeating: "> " + String(repeating: "\0", count: 60) + "\r\n", count: 1_000)
    let page = "From: ann@example.com\r\nSubject: s\r\n\r\nYes.\r\n\r\nOn 1 May Bob wrote:\r\n\(zeros)"
    let quoted = try #require(EmailCases.messages(page).first?.content.quoted)
    #expect(quoted.utf8.count <= EmailContent.maximumQuotedBytes && !quoted.utf8.contains(0))
  }

  @Test func theReplyOfAPageIsFreedOfWhatItQuotes() throws {
    for page in try EmailCases.files("talon-quotes/html_replies", [".html"]) {
      let text = EmailQuotes.split(HTMLText.text(of: page.bytes, charset: nil)).new
      let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words == "Hi. I am fine. Thanks, Alex", "\(page.path)")
    }
  }

  @Test(arguments: [("reply-separated-by-hr.html", "Hi there Bob"), ("OLK_SRC_BODY_SECTION.html", "Reply")])
  func aPageThatIsCutByALineOrAnOutlookSection(file: String, reply: String) throws {
    let html = try EmailCases.file("talon-quotes/\(file)")
    let text = EmailQuotes.split(HTMLText.text(of: html, charset: nil)).new
    #expect(text.split(whereSeparator: \.isWhitespace).joined(separator: " ") == reply)
  }

  @Test(arguments: ["jeff", "long", "short_url", "sparse", "johndoeexamplecom", "camel_case"])
  func aSignatureIsToldFromTheText(name: String) throws {
    let folder = "talon-quotes/signature/emails/stripped/\(name)"
    func read(_ part: String) throws -> String {
      String(decoding: try EmailCases.file("\(folder)_\(part)"), as: UTF8.self).trimmed
    }
    let sender = try read("sender")
    let author =
      sender.contains("@") ? MailAddress(address: sender) : MailAddress(name: sender, address: "a@b.example")
    let (_, signature) = EmailSignature.split(try read("body"), author: author)
    #expect((signature ?? "").trimmed == (try read("signature")))
  }

  @Test(arguments: [
    ("Am 03.04.2012 um 16:19 schrieb Bob Muster <bob@example.com>:", "Deutsch"),
    ("Le 3 avr. 2012 à 16:19, Bob <bob@example.com> a écrit :", "français"),
    ("El 3 abr 2012, a las 16:19, Bob escribió:", "español"),
    ("Il giorno 03/apr/2012, alle ore 16:19, Bob ha scritto:", "italiano"),
    ("Em 3 de abril de 2012 16:19, Bob <bob@example.com> escreveu:", "português"),
    ("Op 3 apr. 2012 om 16:19 heeft Bob <bob@example.com> het volgende\ngeschreven:", "Nederlands"),
    ("Den 3. apr. 2012 kl. 16.19 skrev Bob <bob@example.com>:", "norsk"),
    ("W dniu 3 kwietnia 2012 16:19 użytkownik Bob <bob@example.com>\nnapisał:", "polski"),
    ("3 апреля 2012 г., 16:19 пользователь Bob <bob@example.com> написал:", "русский"),
    ("2012年4月3日 16:19 Bob <bob@example.com>:", "日本語"),
    (
      "On Tue, Apr 3, 2012 at 4:19 PM, Bob with a rather long name\n<bob@example.com> wrote:",
      "English, broken"
    ),
    ("-----Ursprüngliche Nachricht-----\nVon: Bob", "Outlook, deutsch"),
    (
      "________________________________\nVon: Bob <b@example.com>\nGesendet: Dienstag\nAn: Ann\nBetreff: Hallo",
      "Outlook"
    ),
    ("De : Bob <b@example.com>\nEnvoyé : mardi 3 avril 2012\nÀ : Ann\nObjet : Bonjour", "Outlook, français"),
    ("发件人: Bob\n发送时间: 2012年4月3日\n收件人: Ann\n主题: 你好", "Outlook, 中文"),
    ("\t*From:*  Bob\n* Sent* : Tuesday\n **To:** Ann", "set in and emphasised"),
    ("from: Bob\nx\n>> > > > > > > > > > > > > > > > > SENT: Tuesday\nTo: Ann", "a field behind marks"),
    ("ON 3 April Bob WROTE:", "capitals"), ("--- * On 3 April Bob wrote: *", "marks around it"),
  ])
  func theLineOverAQuotationIsKnown(line: String, language: String) {
    #expect(
      EmailQuotes.split("The new text.\n\n\(line)\n> old\n> words").new == "The new text.", "\(language)")
    #expect(
      EmailQuotes.split("The new text.\n\n\(line)\n\nold words").new == "The new text.", "\(language)")
  }

  @Test(arguments: [
    ("SENT FROM MY phone", true), ("İnviato da x", false), ("Отправлено с телефона", true),
    ("sent from", false),
    (" Sent from my phone", false), ("s\u{301}ent from my phone", false), ("-- ", true),
    ("Ann  Lee — ", true),
    ("ann-lee,", true), ("ann\u{301} Lee", false), ("#sig#Ann Lee", true), ("ANN@example.com;", true),
  ])
  func theLastLineIsASignatureOrNone(line: String, isSignature: Bool) {
    let author = MailAddress(name: "Ann Lee", address: "ann@example.com")
    let (text, signature) = EmailSignature.split("Yes.\n\n\(line)", author: author)
    #expect(signature == (isSignature ? line : nil))
    #expect(text == (isSignature ? "Yes." : "Yes.\n\n\(line)"))
  }

  @Test func answersBelowAndBetweenTheQuotedLinesAreNew() {
    #expect(EmailQuotes.split("On 1 May Bob wrote:\n> Red?\n> Or blue?\n\nBlue.").new == "Blue.")
    let between = "On 1 May Bob wrote:\n> Red?\nNo.\n> Blue?\nYes.\n> Bob"
    #expect(EmailQuotes.split(between).new == "On 1 May Bob wrote:\n> Red?\nNo.\n> Blue?\nYes.")
  }

  @Test(arguments: [
    "He wrote: buy milk, eggs and 2 loaves.", "From: the heart\nof it, with love.", "Meet at 12:\nmain gate",
    "Your colleague wrote in May 2012:\nplease call",
    "> all quoted", "--\nAnn", "To: do list\nis long",
  ])
  func ordinaryWordsAndQuotationsAloneAreKept(text: String) {
    #expect(EmailQuotes.split(text).new == text)
  }

  @Test func aForwardedMailIsKeptWhole() {
    let mail = """
      From: ann@example.com\r\nSubject: WG: Offer\r\n\r\nplease see\r\n\r\n-----Original Message-----\r\nFrom: Bob\r\n\r\nFive.\r\n
      """
    #expect(EmailCases.messages(mail).first?.content.text?.contains("Five.") == true)
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
