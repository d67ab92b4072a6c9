import Contracts
import Foundation
import TestKit

/// What becomes of messages after they were sent, and what else a channel tells: in any order, also of messages
/// that nobody knows.
extension EventHistory {
  static func changeMessages(_ talk: inout Talk, _ number: Int, _ writer: inout Writer) throws {
    let target = writer.pick(talk.sent + ["in-\(number)-0", "in-\(max(number - 1, 0))-0", "unknown"])
    let time = writer.chance(50) ? Date(timeIntervalSince1970: writer.clock - 60) : nil
    switch Int.random(in: 0..<9, using: &writer.random) {
    case 0:
      try writer.add(
        MessageEdited.self, talk.id, talk.tenant,
        said(talk, ID(.version5(of: target, in: talk.tenant.uuid)), target, time, files: 0...2, &writer),
        .init(text: writer.chance(80) ? "anders \(number)" : nil, providerID: target))
    case 1:
      try writer.add(
        MessageDeleted.self, talk.id, talk.tenant,
        .init(
          conversation: talk.id, contact: talk.contact, connection: talk.connection, channel: talk.channel,
          providerHMAC: target, providerTime: time))
    case 2, 3:
      let reactions = writer.pick([["👍"], [], ["❤️", "😂"]])
      try writer.add(
        MessageReacted.self, talk.id, talk.tenant,
        .init(
          conversation: talk.id, contact: talk.contact, connection: talk.connection, channel: talk.channel,
          providerHMAC: target, providerTime: time, count: reactions.count), .init(reactions: reactions))
    case 4:
      let hmac = "echo-\(number)"
      try writer.add(
        MessageEchoed.self, talk.id, talk.tenant,
        said(talk, writer.id(MessageID.self), hmac, time, files: 0...0, &writer),
        .init(text: "von Hand", providerID: hmac))
      talk.sent.append(hmac)
    case 5:
      try writer.add(
        MessageProgress.self, talk.id, talk.tenant,
        .init(
          conversation: talk.id, connection: talk.connection, channel: talk.channel,
          status: writer.pick([.delivered, .read]), until: Date(timeIntervalSince1970: writer.clock - 300)))
    case 6:
      try writer.add(
        ConsentChanged.self, talk.id, talk.tenant,
        .init(
          conversation: talk.id, contact: talk.contact, connection: talk.connection, channel: talk.channel,
          scope: writer.pick([.all, .marketing]), state: writer.pick([.optedOut, .optedIn]),
          source: writer.pick([.keyword, .platform, .api]), providerTime: time))
    case 7:
      try writer.add(
        MessageComposed.self, talk.id, talk.tenant,
        .init(conversation: talk.id, message: writer.id(MessageID.self), bytes: 4, template: "order_update"),
        .init(
          text: "Bald", choices: [MessageChoice(title: "Ja", payload: "yes")],
          template: MessageTemplate(name: "order_update", language: "de"),
          location: writer.chance(50) ? Location(latitude: 52.5, longitude: 13.25, name: "Laden") : nil,
          contacts: writer.chance(50) ? [ContactCard(name: "Ada", phones: ["1"])] : nil))
    default:
      try writer.add(
        ContactMoved.self, talk.id, talk.tenant,
        .init(
          conversation: talk.id, contact: talk.contact, connection: talk.connection, channel: talk.channel,
          addressHMAC: "moved-\(number)", providerTime: time), .init(address: "+49171\(number)"))
    }
  }

  /// A message with files, some of which have an end, before or after.
  private static func said(
    _ talk: Talk, _ message: MessageID, _ hmac: String, _ time: Date?, files: ClosedRange<Int>,
    _ writer: inout Writer
  ) throws -> MessageReceived.Facts {
    var attachments: [AttachmentFacts] = []
    for _ in 0..<Int.random(in: files, using: &writer.random) {
      let id = writer.id(AttachmentID.self)
      attachments.append(
        AttachmentFacts(
          attachment: id, kind: .image, mediaType: writer.chance(50) ? "image/png" : nil, bytes: 9))
      if writer.chance(30) {
        try writer.add(
          AttachmentFailed.self, talk.id, talk.tenant,
          .init(
            conversation: talk.id, message: message, attachment: id, reason: "gone", code: 404, attempts: 1))
      }
      if writer.chance(60) {
        try writer.add(
          AttachmentStored.self, talk.id, talk.tenant,
          .init(
            conversation: talk.id, message: message, attachment: id, kind: .image, mediaType: "image/jpeg",
            bytes: 12, blob: String(repeating: "0", count: 64)),
          .init(name: "a.jpg", sha256: String(repeating: "1", count: 64)))
      }
    }
    return MessageReceived.Facts(
      message: message, conversation: talk.id, contact: talk.contact, connection: talk.connection,
      channel: talk.channel, kind: attachments.isEmpty ? .text : .attachment, providerHMAC: hmac,
      providerTime: time, bytes: 4, attachments: attachments.isEmpty ? nil : attachments)
  }
}
