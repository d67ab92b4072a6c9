import FoundationEssentials

/// A message to be written.
package struct MIMEDraft: Sendable {
  package struct Attachment: Sendable {
    package let mediaType: String
    package let name: String?
    package let bytes: [UInt8]

    package init(mediaType: String, name: String?, bytes: [UInt8]) {
      self.mediaType = mediaType
      self.name = name
      self.bytes = bytes
    }
  }

  /// Without angle brackets, as are all ids here.
  package var messageID: String
  package var date: Date
  package var from: MailAddress
  package var to: MailAddress
  package var subject: String
  package var inReplyTo: String?
  package var references: [String] = []
  /// Further fields; values are ASCII.
  package var fields: [(name: String, value: String)] = []
  package var text: String
  package var html: String
  package var attachments: [Attachment] = []

  package init(
    messageID: String, date: Date, from: MailAddress, to: MailAddress, subject: String, text: String,
    html: String
  ) {
    self.messageID = messageID
    self.date = date
    self.from = from
    self.to = to
    self.subject = subject
    self.text = text
    self.html = html
  }
}
