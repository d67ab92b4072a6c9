import Contracts

/// What a message says. Texts hold no U+0000.
package struct InboundContent: Sendable, Equatable {
  package var kind: MessageKind
  /// What was written, the caption of files, or the title of what was chosen; of `unsupported`, what of it is
  /// text, if any.
  package var text: String?
  /// What an e-mail holds beside that: the mails that it quotes, and the signature, in its order. At most 32 KiB.
  package var quoted: String?
  /// What an e-mail is about.
  package var subject: String?
  /// The data of the button or row that was chosen.
  package var payload: String?
  /// The provider's id of the message that this one answers or quotes.
  package var replyTo: String?
  /// The ids of the messages of an e-mail's thread before it, oldest first.
  package var references: [String] = []
  package var attachments: [InboundAttachment]
  package var location: Location?
  package var contacts: [ContactCard]
  package var referral: Referral?
  /// The provider's own form of what is not, or not wholly, understood; always there for `unsupported`.
  package var raw: String?

  package init(
    _ kind: MessageKind,
    text: String? = nil,
    quoted: String? = nil,
    subject: String? = nil,
    payload: String? = nil,
    replyTo: String? = nil,
    attachments: [InboundAttachment] = [],
    location: Location? = nil,
    contacts: [ContactCard] = [],
    referral: Referral? = nil,
    raw: String? = nil
  ) {
    self.kind = kind
    self.text = text
    self.quoted = quoted
    self.subject = subject
    self.payload = payload
    self.replyTo = replyTo
    self.attachments = attachments
    self.location = location
    self.contacts = contacts
    self.referral = referral
    self.raw = raw
  }
}

/// A file that came with a message; its bytes are fetched apart.
package struct InboundAttachment: Sendable, Equatable {
  package let kind: AttachmentKind
  package let source: AttachmentSource
  /// As the provider says, lower case and without parameters; nil when it is none.
  package let mediaType: String?
  package let name: String?
  /// As the provider says.
  package let bytes: Int?
  /// SHA-256 in lower-case hexadecimal, as the provider says.
  package let sha256: String?

  package init(
    kind: AttachmentKind,
    source: AttachmentSource,
    mediaType: String? = nil,
    name: String? = nil,
    bytes: Int? = nil,
    sha256: String? = nil
  ) {
    self.kind = kind
    self.source = source
    self.mediaType = mediaType
    self.name = name
    self.bytes = bytes
    self.sha256 = sha256
  }
}

/// Where the bytes of an attachment are.
package enum AttachmentSource: Sendable, Equatable {
  /// The provider's id of the file.
  case file(String)
  /// `https`, and may last for minutes only.
  case url(String)
  /// The number, in a count of the channel's own, of a part of the body that the message came in.
  case part(Int)
}

extension AttachmentSource {
  /// As `message.received` keeps it; nil when that names no place.
  package init?(_ kept: AttachmentPrivate) {
    if let file = kept.file {
      self = .file(file)
    } else if let url = kept.url {
      self = .url(url)
    } else if let part = kept.part {
      self = .part(part)
    } else {
      return nil
    }
  }
}
