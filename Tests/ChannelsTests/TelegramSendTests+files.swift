import Contracts
import FoundationEssentials
import TestServers
import Testing

@testable import Channels

/// Files, which are forms, and the text with them.
extension TelegramSendTests {
  func file(
    _ kind: AttachmentKind, _ type: String, _ name: String? = nil, bytes: [UInt8] = [1, 2, 0, 255]
  ) -> OutboundAttachment {
    OutboundAttachment(kind: kind, mediaType: type, name: name, bytes: bytes)
  }

  @Test func filesGoFirstAndTheTextIsTheLastOnesCaption() async throws {
    let platform = try willing()
    let files = [file(.image, "image/jpeg", "a\"\r\nb.jpg"), file(.document, "application/pdf")]
    let outcome = await send(
      message(
        "the *text*", attachments: files, choices: [OutboundChoice(title: "A", payload: "a")],
        replyTo: "42/9"),
      platform: platform.server.url)
    #expect(outcome == .accepted(providerID: "42/2", earlier: ["42/1"]))
    #expect(
      platform.lines == [
        "POST /bot77:to-k_en/sendPhoto HTTP/1.1", "POST /bot77:to-k_en/sendDocument HTTP/1.1",
      ])
    #expect(platform.requests[0].head.contains("Content-Type: multipart/form-data; boundary=\(id)"))
    let first = String(decoding: platform.requests[0].body, as: UTF8.self)
    #expect(
      first.hasPrefix("--\(id)\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n42\r\n--\(id)"))
    #expect(
      first.contains(
        "name=\"photo\"; filename=\"a%22  b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\u{1}\u{2}\0"))
    #expect(first.contains("reply_parameters") && !first.contains("caption"))
    let second = String(decoding: platform.requests[1].body, as: UTF8.self)
    #expect(second.contains("name=\"caption\"\r\n\r\nthe <i>text</i>\r\n"))
    #expect(second.contains("reply_markup") && !second.contains("reply_parameters"))
    #expect(
      platform.requests[0].body.suffix(48).elementsEqual([1, 2, 0, 255] + Array("\r\n--\(id)--\r\n".utf8)))
  }

  @Test(arguments: [
    (AttachmentKind.voice, "audio/ogg", "sendVoice"), (.audio, "audio/mpeg", "sendAudio"),
    (.audio, "audio/ogg", "sendDocument"), (.video, "video/mp4", "sendVideo"),
    (.video, "video/webm", "sendDocument"), (.voice, "audio/wav", "sendDocument"),
    (.image, "image/svg+xml", "sendDocument"), (.sticker, "image/webp", "sendSticker"),
  ])
  func aFileIsSentAsWhatTelegramShows(kind: AttachmentKind, type: String, method: String) async throws {
    let platform = try willing()
    _ = await send(message("", attachments: [file(kind, type)]), platform: platform.server.url)
    #expect(platform.lines == ["POST /bot77:to-k_en/\(method) HTTP/1.1"])
  }

  @Test func aTextTooLongForACaptionFollows() async throws {
    let platform = try willing()
    let text = String(repeating: "word ", count: 300)
    _ = await send(
      message(text, attachments: [file(.image, "image/png")]), platform: platform.server.url)
    #expect(platform.lines.map { $0.contains("sendMessage") } == [false, true])
    _ = await send(message("hi", attachments: [file(.sticker, "image/webp")]), platform: platform.server.url)
    #expect(platform.lines.suffix(2).map { $0.contains("sendMessage") } == [false, true])
  }

  /// Such as one that is much longer than it is wide.
  @Test(arguments: ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED"])
  func aPictureThatTelegramRefusesGoesAsADocument(_ word: String) async throws {
    let refused = Self.refused(400, "Bad Request: \(word)")
    let platform = try Platform { connection, number in
      connection.respond(number == 0 ? "400 Bad Request" : "200 OK", number == 0 ? refused : Self.taken(5))
    }
    let picture = message("Look", attachments: [file(.image, "image/png", "long.png")])
    #expect(await send(picture, platform: platform.server.url) == .accepted(providerID: "42/5"))
    #expect(platform.lines.map { $0.contains("sendDocument") } == [false, true])
    let body = String(decoding: platform.requests[1].body, as: UTF8.self)
    #expect(body.contains("name=\"document\"; filename=\"long.png\"\r\nContent-Type: image/png"))
    #expect(body.contains("name=\"caption\"\r\n\r\nLook\r\n") && !body.contains("name=\"photo\""))

    let unwilling = try Platform { connection, _ in connection.respond("400 Bad Request", refused) }
    #expect(
      await send(picture, platform: unwilling.server.url) == .rejected(reason: "unsupported", code: 400))
    #expect(unwilling.requests.count == 2)
  }
}
