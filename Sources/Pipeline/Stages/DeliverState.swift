import Channels
import Contracts
import Foundation
import JSON
import Keyring
import Knowledge

/// What deliver has folded of one conversation.
package struct DeliverState: Codable, Sendable {
  /// Where its messages go.
  struct Target: Codable, Sendable {
    let conversation: ConversationID
    let contact: ContactID
    let connection: ConnectionID
    let channel: Channel
    /// Whether it is a group, a topic or an e-mail thread: then several contacts write in it.
    let isThread: Bool
    /// HMAC of the address that it was opened with; nil in states of before that was kept, until something is sent.
    var addressHMAC: String?
    /// The private part of `conversation.opened`, still sealed: it holds the address.
    let sealed: String
    /// Likewise of the last `contact.moved`.
    var moved: String?
    /// Names the bucket of the group whose topic it is; nil until something is sent there, and where there is none.
    var group: UUID?
  }

  /// The message that is being sent, where more is known of it than that.
  struct Sending: Codable, Sendable, Equatable {
    let message: MessageID
    /// How many calls it takes in all; nil until that was counted.
    var calls: Int?
    var taken: Taken?
    /// What reports of its parts will say that are on their way; nil where these name who sent them.
    var echoes: [Echo]?
    /// Until when a report of its last call is awaited; nil when that call was answered.
    var settling: Settling?
    /// How often it was sent again without that anybody knew what became of the call before; nil for never.
    var resends: Int?

    /// What is left of it.
    func cost(_ outgoing: Outgoing) -> SendCost {
      let taken = taken?.count ?? 0
      return SendCost(calls: max(1, (calls ?? 1) - taken), media: outgoing.mediaCount(after: taken))
    }
  }

  /// A call that was carried out or was not: whoever stands before the provider gave up waiting for it.
  struct Settling: Codable, Sendable, Equatable {
    let since: Date
    let until: Date
  }

  /// A report that the provider may make of what is sent here, as if anybody had written it.
  struct Echo: Codable, Sendable, Equatable {
    /// Of the message, and the number of the part: each is reported once.
    let part: String
    /// Of its `EchoMark`.
    let hmac: String
    /// What it tells of; nil in states of before that was kept.
    var message: MessageID?
    /// As in `SendMark`.
    var number: Int?
    /// From when on it is no longer expected; nil while its call goes on.
    var until: Date?

    func isExpected(at now: Date) -> Bool { until.map { now < $0 } ?? true }
  }

  /// Parts that the provider took, of a message whose next one it did not.
  struct Taken: Codable, Sendable, Equatable {
    /// Their ids, in their order, under the contact's key.
    let sealed: String
    let count: Int
    /// How often the message was tried before the last of them was taken.
    let attempts: Int
  }

  /// What the contact last wrote.
  struct LastMessage: Codable, Sendable {
    /// By our clock: of a message that reached us late the platform itself says whether it may be answered.
    var at: Date
    /// The private part of `message.received`, still sealed: it holds the provider's id.
    var sealed: String?
  }

  var target: Target?
  var lastMessage: LastMessage?
  /// Of this chat; nil where the platform sets no limit to one.
  var pace: SendPace?
  var sending: Sending?
  /// Reports that may still come of what was perhaps sent, the last ones; nil for none.
  var lateEchoes: [Echo]?

  /// All reports that may come now without their ids being known.
  var echoes: [Echo] { (sending?.echoes ?? []) + (lateEchoes ?? []) }

  /// Nobody knows what became of what is being sent: it may yet be reported.
  ///
  /// - Parameter known: how many of its parts, the first, are known by their ids: their reports are, too.
  mutating func expectLateEchoes(after known: Int, now: Date) {
    let until = now.addingTimeInterval(Self.echoesAreLateFor)
    let echoes = (sending?.echoes ?? []).dropFirst(known).map { echo in
      var echo = echo
      echo.until = until
      return echo
    }
    let all = (lateEchoes ?? []).filter { $0.isExpected(at: now) } + echoes
    lateEchoes = all.isEmpty ? nil : Array(all.suffix(Self.maximumLateEchoes))
  }

  private static let maximumLateEchoes = 16
  /// In seconds. Who writes the same by hand later is a person.
  private static let echoesAreLateFor: TimeInterval = 300

  /// A sealed message that is longer is answered without being named. In a thread the name is what keeps the
  /// answer in it, and mail is long.
  private static let maximumSealed = 16 << 10
  private static let maximumSealedInThread = 256 << 10

  var sealed: [String] { [target?.sealed, target?.moved, lastMessage?.sealed].compactMap(\.self) }

  /// False for a message that is to be sent.
  mutating func fold(_ record: Record) throws -> Bool {
    switch record.event.type {
    case ConversationOpened.type: target = try Target(ConversationOpened.read(record.event))
    case ContactMoved.type: target?.move(try ContactMoved.read(record.event))
    // What it tells of a message that waits for it is looked at with that message.
    case MessageStatus.type: break
    case MessageReceived.type:
      let value = try MessageReceived.read(record.event)
      let bound = target?.isThread == true ? Self.maximumSealedInThread : Self.maximumSealed
      lastMessage = LastMessage(
        at: record.event.time, sealed: value.private.flatMap { $0.utf8.count > bound ? nil : $0 })
    default: return false
    }
    return true
  }
}

extension DeliverState.Target {
  init(_ value: EventValue<ConversationOpened>) throws {
    guard let sealed = value.private else {
      throw StageError.unprocessable("conversation.opened holds no address")
    }
    conversation = value.facts.conversation
    contact = value.facts.contact
    connection = value.facts.connection
    channel = value.facts.channel
    isThread = value.facts.threadHMAC != nil
    addressHMAC = value.facts.addressHMAC
    self.sealed = sealed
  }

  mutating func move(_ value: EventValue<ContactMoved>) {
    // In a thread it matters where the thread went, whoever told of it; else where the contact went.
    guard isThread ? value.facts.threadHMAC != nil : value.facts.contact == contact else { return }
    moved = value.private
    group = nil
  }

  /// nil when the contact's key is gone.
  func place(_ keys: [KeyID: SealingKey]) throws -> (address: String, thread: String?)? {
    if let moved, let key = keys[try JWE.keyID(of: moved)] {
      let place = try JSON.decode(ContactMoved.Private.self, from: JWE.open(moved, with: key))
      return (place.address, place.thread)
    }
    guard moved == nil, let key = keys[try JWE.keyID(of: sealed)] else { return nil }
    let place = try JSON.decode(ConversationOpened.Private.self, from: JWE.open(sealed, with: key))
    return (place.address, place.thread)
  }
}

extension DeliverState.LastMessage {
  /// nil when nothing names it, or its writer's key is gone.
  func content(_ keys: [KeyID: SealingKey]) throws -> MessageReceived.Private? {
    guard let sealed, let key = keys[try JWE.keyID(of: sealed)] else { return nil }
    return try JSON.decode(MessageReceived.Private.self, from: JWE.open(sealed, with: key))
  }
}

/// A message to be sent, its text still sealed.
struct Outgoing {
  let id: MessageID
  let sealed: String
  /// Who wrote it; nil when a person did.
  let agent: AgentID?
  private let attachments: [AttachmentFacts]

  var isByPerson: Bool { agent == nil }

  /// How many of its files are sound or video, of those that were not taken: they go before the text.
  func mediaCount(after taken: Int) -> Int {
    attachments.dropFirst(taken).count { [.audio, .voice, .video].contains($0.kind) }
  }

  init(_ record: Record) throws {
    let sealed: String?
    if record.event.type == MessageComposed.type {
      let value = try MessageComposed.read(record.event)
      (id, sealed, agent) = (value.facts.message, value.private, nil)
      attachments = value.facts.attachments ?? []
    } else {
      let value = try ReplyGenerated.read(record.event)
      (id, sealed, agent) = (value.facts.message, value.private, value.facts.agent)
      attachments = value.facts.attachments ?? []
    }
    guard let sealed else { throw StageError.unprocessable("\(record.event.type) holds no text") }
    self.sealed = sealed
  }

  func files(_ content: MessageComposed.Private, _ key: SealingKey) throws -> [OutgoingFile] {
    let places = Dictionary(
      (content.attachments ?? []).map { ($0.attachment, $0) }, uniquingKeysWith: { first, _ in first })
    return try attachments.map { facts in
      guard let place = places[facts.attachment], let hash = place.blob.hexadecimalBytes else {
        throw StageError.unprocessable("nothing says where attachment \(facts.attachment) lies")
      }
      return OutgoingFile(
        kind: facts.kind, mediaType: facts.mediaType ?? "application/octet-stream", name: place.name,
        blob: hash, key: key)
    }
  }
}

/// A file to be sent, still sealed in the blob store.
package struct OutgoingFile: Sendable {
  package let kind: AttachmentKind
  package let mediaType: String
  package let name: String?
  let blob: [UInt8]
  let key: SealingKey
}
