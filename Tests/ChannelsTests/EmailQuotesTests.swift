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
  }

  @Test func theReplyOfAPageIsFreedOfWhatItQuotes() throws {
    for page in try EmailCases.files("talon-quotes/html_replies", [".html"]) {
      let text = EmailQuotes.newText(of: HTMLText.text(of: page.bytes, charset: nil))
      let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words == "Hi. I am fine. Thanks, Alex", "\(page.path)")
    }
  }

  @Test(arguments: [("reply-separated-by-hr.html", "Hi there Bob"), ("OLK_SRC_BODY_SECTION.html", "Reply")])
  func aPageThatIsCutByALineOrAnOutlookSection(file: String, reply: String) throws {
    let html = try EmailCases.file("talon-quotes/\(file)")
    let text = EmailQuotes.newText(of: HTMLText.text(of: html, charset: nil))
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
  ])
  func theLineOverAQuotationIsKnown(line: String, language: String) {
    #expect(
      EmailQuotes.newText(of: "The new text.\n\n\(line)\n> old\n> words") == "The new text.", "\(language)")
    #expect(
      EmailQuotes.newText(of: "The new text.\n\n\(line)\n\nold words") == "The new text.", "\(language)")
  }

  @Test func answersBelowAndBetweenTheQuotedLinesAreNew() {
    #expect(EmailQuotes.newText(of: "On 1 May Bob wrote:\n> Red?\n> Or blue?\n\nBlue.") == "Blue.")
    let between = "On 1 May Bob wrote:\n> Red?\nNo.\n> Blue?\nYes.\n> Bob"
    #expect(EmailQuotes.newText(of: between) == "On 1 May Bob wrote:\n> Red?\nNo.\n> Blue?\nYes.")
  }

  @Test(arguments: [
    "He wrote: buy milk, eggs and 2 loaves.", "From: the heart\nof it, with love.", "Meet at 12:\nmain gate",
    "Your colleague wrote in May 2012:\nplease call",
    "> all quoted", "--\nAnn", "To: do list\nis long",
  ])
  func ordinaryWordsAndQuotationsAloneAreKept(text: String) {
    #expect(EmailQuotes.newText(of: text) == text)
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
