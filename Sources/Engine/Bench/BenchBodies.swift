import Foundation

/// Bodies of the sizes that the targets name, of the forms in which platforms send them.
enum BenchBodies {
  private static let sentence =
    "I ordered the blue shoes on Monday, and only one of them came. What can be done? "

  /// A WhatsApp message with a long text, of 2 KB in all.
  static let webhook: [UInt8] = {
    let head = """
      {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{\
      "messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881",\
      "phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ada Nkemelu"},\
      "wa_id":"4915112345678"}],"messages":[{"context":{"from":"15550783881",\
      "id":"wamid.HBgLNDkxNTExMjM0NTY3OBUCABEYEkZBQzQ5RTFDMDcwNjg0"},"from":"4915112345678",\
      "id":"wamid.HBgLNDkxNTExMjM0NTY3OBUCABIYFDNBMDJCM0QyRjM2QjdEQjQ4RUUA","timestamp":"1764288000",\
      "text":{"body":"
      """
    let tail = #""},"type":"text"}]},"field":"messages"}]}]}"#
    let room = 2_048 - head.utf8.count - tail.utf8.count
    return Array((head + String(repeating: sentence, count: 40).prefix(room) + tail).utf8)
  }()

  /// What is to be read is a page of 50 KB alone, of many cells with styles: the dearest that mail can be.
  static let pageMail: [UInt8] = {
    let head = """
      From: Ada <ada@example.com>\r
      To: Service <service@example.org>\r
      Subject: Order 1042\r
      Message-ID: <20261128100001.1042@example.com>\r
      Date: Fri, 28 Nov 2026 10:00:00 +0000\r
      MIME-Version: 1.0\r
      Content-Type: text/html; charset=utf-8\r
      Content-Transfer-Encoding: 8bit\r
      \r
      <html><head><style>td { padding: 4px }</style></head><body><table>\r

      """
    let row =
      "<tr><td style=\"padding:4px\"><a href=\"https://example.com/o\">\(sentence)</a></td><td>ü</td></tr>\r\n"
    let tail = "</table></body></html>\r\n"
    let count = (51_200 - head.utf8.count - tail.utf8.count) / row.utf8.count
    return Array((head + String(repeating: row, count: count) + tail).utf8)
  }()

  /// An answer with a quotation, as text and as a page, and a picture: 50 KB in all.
  static let mail: [UInt8] = {
    let quoted = (0..<60).map { "> \(sentence)\($0)=C3=BC" }.joined(separator: "\r\n")
    let text =
      String(repeating: sentence + "=\r\n", count: 20) + "\r\n\r\nAda\r\n\r\nOn Monday, Bea wrote:\r\n"
      + quoted
    let rows = (0..<120).map { "<tr><td style=3D\"padding:4px\">\(sentence)</td><td>\($0)</td></tr>" }
    let page = "<html><body><table>\r\n" + rows.joined(separator: "\r\n") + "\r\n</table></body></html>"
    let head = """
      Return-Path: <ada@example.com>
      Received: from mail.example.com (mail.example.com [203.0.113.7]) by mx.example.org; Fri, 28 Nov 2026 10:00:00 +0000
      From: =?utf-8?q?Ada_Nkemel=C3=BA?= <ada@example.com>
      To: Service <service@example.org>
      Subject: =?utf-8?q?Re:_Order_1042=3A_one_shoe?=
      Message-ID: <20261128100000.1042@example.com>
      In-Reply-To: <aig.first@example.org>
      References: <one@example.com> <aig.first@example.org>
      Date: Fri, 28 Nov 2026 10:00:00 +0000
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary="outer"

      --outer
      Content-Type: multipart/alternative; boundary="inner"

      --inner
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: quoted-printable

      \(text)
      --inner
      Content-Type: text/html; charset=utf-8
      Content-Transfer-Encoding: quoted-printable

      \(page)
      --inner--
      --outer
      Content-Type: image/jpeg; name="shoe.jpg"
      Content-Disposition: attachment; filename="shoe.jpg"
      Content-Transfer-Encoding: base64


      """.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasSuffix("\r") ? String($0.dropLast()) : String($0) }.joined(separator: "\r\n")
    let room = max(0, 51_200 - head.utf8.count - 20) / 78 * 57
    let picture = Data((0..<room).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 8) })
      .base64EncodedString(options: [
        .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
      ])
    return Array((head + picture + "\r\n--outer--\r\n").utf8)
  }()
}
