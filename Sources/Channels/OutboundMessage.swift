import Contracts
import FoundationEssentials

/// A message for a contact. What a platform cannot show is put another way, never dropped: choices become a
/// numbered list in the text, a subject its first line, a place or an address card lines of it.
package struct OutboundMessage: Sendable, Equatable {
  package let id: MessageID
  package let address: String
  /// As in `InboundOrigin`: where it goes instead of to the address.
  package let thread: String?
  /// Markdown (CommonMark), which a channel turns into what its platform shows. May be empty when there is
  /// anything else to send.
  package let text: String
  package let subject: String?
  package private(set) var attachments: [OutboundAttachment]
  /// What the contact may choose from.
  package let choices: [OutboundChoice]
  /// A place that is passed on, before the files.
  package let location: Location?
  /// Address cards that are passed on, behind the place.
  package let contacts: [ContactCard]
  /// The provider's id of the message that this one answers.
  package let replyTo: String?
  /// The ids of the messages of an e-mail's thread before that one, oldest first.
  package let references: [String]
  /// Sent instead of all the above where the platform takes no free text at this time, or when the text is empty.
  package let template: MessageTemplate?
  /// The page that a mail's HTML is put into, in the place of `{{content}}`; nil for a plain one.
  package let htmlPage: String?
  package let context: SendContext
  /// The ids of the first of its parts, which the provider took before: they are not sent again.
  package var taken: [String] = []

  package init(
    id: MessageID,
    address: String,
    thread: String? = nil,
    text: String,
    subject: String? = nil,
    attachments: [OutboundAttachment] = [],
    choices: [OutboundChoice] = [],
    location: Location? = nil,
    contacts: [ContactCard] = [],
    replyTo: String? = nil,
    references: [String] = [],
    template: MessageTemplate? = nil,
    htmlPage: String? = nil,
    context: SendContext
  ) {
    self.id = id
    self.address = address
    self.thread = thread
    self.text = text
    self.subject = subject
    self.attachments = attachments
    self.choices = choices
    self.location = location
    self.contacts = contacts
    self.replyTo = replyTo
    self.references = references
    self.template = template
    self.htmlPage = htmlPage
    self.context = context
  }
}

extension OutboundMessage {
  /// The same with files.
  package func with(_ attachments: [OutboundAttachment]) -> OutboundMessage {
    var message = self
    message.attachments = attachments
    return message
  }

  /// Whether it is a text alone that is one part whatever its marks become: none grows to four times its length.
  func isOnePart(limit: Int) -> Bool {
    attachments.isEmpty && choices.isEmpty && location == nil && contacts.isEmpty
      && (text.utf8.count + (subject?.utf8.count ?? 0)) * 4 <= limit
  }
}

package struct OutboundAttachment: Sendable, Equatable {
  package let kind: AttachmentKind
  /// Lower case, without parameters.
  package let mediaType: String
  package let name: String?
  package let bytes: [UInt8]
  /// Where its provider may get it for a while, without a secret besides; nil where it cannot.
  package let url: String?

  package init(
    kind: AttachmentKind, mediaType: String, name: String?, bytes: [UInt8], url: String? = nil
  ) {
    self.kind = kind
    self.mediaType = mediaType
    self.name = name
    self.bytes = bytes
    self.url = url
  }
}

/// Its payload comes back as `InboundContent.payload`.
package typealias OutboundChoice = MessageChoice

/// What a channel needs to know to keep its platform's rules.
package struct SendContext: Sendable, Equatable {
  /// When it is sent.
  package let now: Date
  /// When the contact last wrote, by the platform's clock where it has one; nil when that is not known, and the
  /// provider is left to judge.
  package let lastInbound: Date?
  /// Whether a person wrote the message: some platforms give people more time.
  package let isByPerson: Bool

  package init(now: Date, lastInbound: Date? = nil, isByPerson: Bool = false) {
    self.now = now
    self.lastInbound = lastInbound
    self.isByPerson = isByPerson
  }
}
