import Channels
import Contracts
import Foundation
import Keyring

/// Makes the events of one item of a conversation.
struct NormalizedEvents {
  let stage: StageName
  let record: Record
  /// Where the body of the record lies in the blob store.
  let blob: String?
  let item: NormalizedItem
  let conversation: ConversationID
  let contact: ContactID
  let key: SealingKey
  let now: Date
  /// Whether the words of `ConsentWords` are taken for what they say there.
  let hearsConsent: Bool

  /// What a replay brings says so.
  private var source: String { record.event.isReplay ? record.event.source : "/stages/\(stage)" }

  private var connection: KnownConnection { item.connection }

  func opened() throws -> Event {
    try make(
      ConversationOpened.self,
      ConversationOpened.Facts(
        conversation: conversation, contact: contact, connection: connection.id, channel: connection.channel,
        addressHMAC: item.addressHMAC, threadHMAC: item.threadHMAC,
        isVerified: item.origin.profile?.isVerified),
      private: ConversationOpened.Private(
        address: item.origin.address, name: item.origin.name, thread: item.origin.thread,
        email: item.origin.profile?.email, phone: item.origin.profile?.phone),
      step: "\(conversation)")
  }

  /// `message.received` and `message.echoed`: their id is made of the provider's, so that doing it again in any
  /// way yields the same event.
  func said<Spec: EventSpec>(_ spec: Spec.Type, _ message: InboundMessage) throws -> Event
  where Spec.Facts == MessageReceived.Facts, Spec.Private == MessageReceived.Private {
    Event(
      id: EventID(item.message.uuid), type: Spec.type, topic: Spec.topic, key: StreamID(conversation),
      tenant: connection.tenant, time: now, source: source, causation: record.event.id,
      correlation: record.event.correlation ?? record.event.id, traceparent: record.event.traceparent,
      value: try Spec.value(
        facts(of: message.content), private: content(message.content, message.providerID), sealedWith: key))
  }

  /// One file of an album: all of it become a message together.
  func part<Spec: EventSpec>(_ spec: Spec.Type, _ message: InboundMessage) throws -> Event
  where Spec.Facts == MessageReceived.Facts, Spec.Private == MessageReceived.Private {
    try make(spec, facts(of: message.content), private: content(message.content, message.providerID))
  }

  /// Who answers in the platform's own inbox has taken the conversation.
  func handedOver() throws -> Event {
    try make(ConversationHandedOver.self, ConversationFacts(conversation: conversation, reason: "echo"))
  }

  /// The app that had the conversation at the platform gave it to us.
  func passed() throws -> Event {
    try make(
      ConversationReleased.self,
      ConversationFacts(conversation: conversation, reason: ConversationFacts.passed))
  }

  /// What a message means that is one of the words for it. What was said to another app ends what we send, too, but lets
  /// nobody send who may not: whom the contact allows it there, they do not say.
  func consent(said message: InboundMessage) throws -> [Event] {
    guard hearsConsent, let state = ConsentWords.state(of: message.content.text),
      !message.isStandby || state == .optedOut
    else { return [] }
    return [try consent(.all, state, .keyword)]
  }

  func consent(_ scope: ConsentScope, _ state: ConsentState, _ source: ConsentSource) throws -> Event {
    try make(
      ConsentChanged.self,
      ConsentChanged.Facts(
        conversation: conversation, contact: contact, connection: connection.id, channel: connection.channel,
        scope: scope, state: state, source: source, providerTime: item.origin.time))
  }

  func edited(_ edit: InboundEdit) throws -> Event {
    try make(
      MessageEdited.self, facts(of: edit.content), private: content(edit.content, edit.target))
  }

  /// What is known is understood otherwise than before: an edit, or a reaction, that nobody made but the software.
  func reread(as digest: String, of subject: Reading.Subject) throws -> Event {
    let step = Reading.mark(subject, digest)
    func edited(_ read: InboundContent, _ providerID: String) throws -> Event {
      try make(MessageEdited.self, facts(of: read), private: content(read, providerID), step: step)
    }
    let (read, source) =
      switch item.item {
      // Of an album only the whole is a question.
      case .message(let message):
        (try edited(message.content, message.providerID), item.albumHMAC == nil ? source : replay)
      case .echo(let message):
        (try edited(message.content, message.providerID), replay + Event.echoSuffix)
      case .edit(let edit): (try edited(edit.content, edit.target), source)
      case .reaction(let reaction): (try reacted(reaction, step: step), source)
      default: throw StageError.unprocessable("only messages, edits and reactions are read anew")
      }
    return Event(
      id: read.id, type: read.type, topic: read.topic, key: read.key, tenant: read.tenant, time: read.time,
      source: source, causation: read.causation, correlation: read.correlation, traceparent: read.traceparent,
      value: read.value)
  }

  /// The same as `source`, whether or not it shall be answered.
  private var replay: String { record.event.replay ?? source }

  func deleted() throws -> Event {
    try make(
      MessageDeleted.self,
      MessageDeleted.Facts(
        conversation: conversation, contact: contact, connection: connection.id, channel: connection.channel,
        providerHMAC: item.providerHMAC, providerTime: item.origin.time))
  }

  func reacted(_ reaction: InboundReaction, step: String? = nil) throws -> Event {
    try make(
      MessageReacted.self,
      MessageReacted.Facts(
        conversation: conversation, contact: contact, connection: connection.id, channel: connection.channel,
        providerHMAC: item.providerHMAC, providerTime: item.origin.time, count: reaction.reactions.count),
      private: MessageReacted.Private(reactions: reaction.reactions), step: step)
  }

  func status(_ status: InboundStatus) throws -> Event {
    try make(
      MessageStatus.self,
      MessageStatus.Facts(
        conversation: conversation, connection: connection.id, channel: connection.channel,
        providerHMAC: item.providerHMAC, status: status.status, providerTime: status.origin.time,
        code: status.code, message: status.mark?.message, part: status.mark?.part),
      private: status.mark.map { _ in MessageStatus.Private(providerID: status.providerID) })
  }

  /// What was sent from here was reported by what it says: the provider has it.
  func sent(_ mark: SendMark) throws -> Event {
    guard case .echo(let message) = item.item else { throw StageError.unprocessable("no echo is reported") }
    return try status(
      InboundStatus(
        providerID: message.providerID, origin: item.origin, status: .sent, code: nil, mark: mark))
  }

  func progress(_ progress: InboundProgress) throws -> Event {
    try make(
      MessageProgress.self,
      MessageProgress.Facts(
        conversation: conversation, connection: connection.id, channel: connection.channel,
        status: progress.status, until: progress.until))
  }

  func moved(_ move: InboundMove, _ moved: NormalizedItem.Moved) throws -> Event {
    try make(
      ContactMoved.self,
      ContactMoved.Facts(
        conversation: conversation, contact: contact, connection: connection.id, channel: connection.channel,
        addressHMAC: moved.addressHMAC, threadHMAC: moved.threadHMAC, providerTime: item.origin.time),
      private: ContactMoved.Private(address: move.address, thread: move.thread))
  }

  private func make<Spec: EventSpec>(
    _ spec: Spec.Type, _ facts: Spec.Facts, private content: Spec.Private? = nil, step: String? = nil
  ) throws -> Event {
    try record.makes(
      Spec.self, by: stage, step: step ?? item.dedupe, key: StreamID(conversation), facts: facts,
      private: content, sealedWith: content == nil ? nil : key, at: now)
  }

  // MARK: What a message says

  private func facts(of content: InboundContent) -> MessageReceived.Facts {
    let attachments = attachments(of: content).map { id, attachment in
      AttachmentFacts(
        attachment: id, kind: attachment.kind, mediaType: attachment.mediaType, bytes: attachment.bytes)
    }
    return MessageReceived.Facts(
      message: item.message, conversation: conversation, contact: contact, connection: connection.id,
      channel: connection.channel, kind: content.kind, providerHMAC: item.providerHMAC,
      providerTime: item.origin.time, bytes: content.text?.utf8.count ?? 0,
      attachments: attachments.isEmpty ? nil : attachments, replyHMAC: item.replyHMAC,
      album: item.albumHMAC, standby: item.item.isStandby ? true : nil)
  }

  private func content(_ content: InboundContent, _ providerID: String) -> MessageReceived.Private {
    let attachments = attachments(of: content).map { AttachmentPrivate($0.id, $0.attachment, in: blob) }
    return MessageReceived.Private(
      text: content.text, quoted: content.quoted, providerID: providerID, raw: content.raw,
      subject: content.subject,
      payload: content.payload, replyTo: content.replyTo,
      references: content.references.isEmpty ? nil : content.references,
      attachments: attachments.isEmpty ? nil : attachments, location: content.location,
      contacts: content.contacts.isEmpty ? nil : content.contacts, referral: content.referral)
  }

  /// A file has one id for as long as its message names the same place for it, so an edit that leaves it alone
  /// brings no new one.
  private func attachments(of content: InboundContent) -> [(id: AttachmentID, attachment: InboundAttachment)]
  {
    var ids: Set<AttachmentID> = []
    return content.attachments.compactMap { attachment in
      let place =
        switch attachment.source {
        case .file(let file): "file/\(file)"
        case .url(let url): "url/\(url)"
        case .part(let part): "part/\(record.event.id)/\(part)"
        }
      let id = AttachmentID(UUID.version5(of: "attachment/\(place)", in: item.message.uuid))
      return ids.insert(id).inserted ? (id, attachment) : nil
    }
  }
}

extension AttachmentPrivate {
  /// - Parameter blob: where the body lies whose part it may be.
  fileprivate init(_ id: AttachmentID, _ attachment: InboundAttachment, in blob: String?) {
    var (file, url, part): (String?, String?, Int?)
    switch attachment.source {
    case .file(let id): file = id
    case .url(let address): url = address
    case .part(let number): part = number
    }
    self.init(
      attachment: id, file: file, url: url, part: part, body: part == nil ? nil : blob, name: attachment.name,
      sha256: attachment.sha256)
  }
}
