import Channels
import Contracts
import Foundation
import JSON
import Keyring

/// One item of a body, with the HMACs that stand for whom and what it is about.
struct NormalizedItem: Sendable {
  let item: InboundItem
  let origin: InboundOrigin
  let connection: KnownConnection
  let tenantKey: SealingKey
  /// Of the message that it is, or that it is about; empty for what names none.
  let providerHMAC: String
  let addressHMAC: String
  /// Of what else the contact is known by.
  let aliasHMAC: String?
  let threadHMAC: String?
  /// What makes it the same as one seen before.
  let dedupe: String
  let moved: Moved?
  /// Of the message that it answers or quotes.
  let replyHMAC: String?
  /// Of what all files of an album have in common; nil when it is no part of one.
  let albumHMAC: String?
  /// Under which it is noted that the album was said to us: of a contact's part of one, and of an overheard edit. nil
  /// in a talk between two, where all is said to us.
  let albumMark: String?
  /// It counts once another part of its album was said to us, and an edit if the message is known.
  let isOverheard: Bool
  /// Of its `EchoMark`; nil where a report of what was sent from here names who sent it.
  let echoHMAC: String?

  /// Where the contact is from now on.
  struct Moved: Sendable {
    let addressHMAC: String
    let aliasHMAC: String?
    let threadHMAC: String?
  }

  /// nil for what belongs to no conversation.
  /// - Parameter echoesUnmarked: whether reports of what was sent from here do not name who sent it.
  init?(
    _ item: InboundItem, connection: KnownConnection, tenantKey: SealingKey, echoesUnmarked: Bool = false
  ) {
    guard let origin = item.origin else { return nil }
    self.item = item
    self.origin = origin
    self.connection = connection
    self.tenantKey = tenantKey
    func hmac(_ text: String) -> String { tenantKey.hmac(text, on: connection.channel) }
    addressHMAC = hmac(origin.address)
    aliasHMAC = origin.alias.map(hmac)
    threadHMAC = origin.thread.map(hmac)
    if case .move(let move) = item {
      moved = Moved(
        addressHMAC: hmac(move.address), aliasHMAC: move.alias.map(hmac), threadHMAC: move.thread.map(hmac))
    } else {
      moved = nil
    }
    replyHMAC = item.content?.replyTo.map(hmac)
    if echoesUnmarked, case .echo(let message) = item {
      echoHMAC = tenantKey.hmac(echo: message.content, on: connection.channel)
    } else {
      echoHMAC = nil
    }
    // Two accounts may be in one group, and only one of them is spoken to.
    func mark(_ album: String) -> String? {
      origin.thread == nil ? nil : "album/\(connection.id)/\(hmac(album))"
    }
    switch item {
    case .message(let message):
      albumHMAC = message.partOf.map(hmac)
      albumMark = message.partOf.flatMap(mark)
      isOverheard = message.isOverheard
    case .echo(let message): (albumHMAC, albumMark, isOverheard) = (message.partOf.map(hmac), nil, false)
    case .edit(let edit):
      (albumHMAC, isOverheard) = (nil, edit.isOverheard)
      albumMark = edit.isOverheard ? edit.partOf.flatMap(mark) : nil
    default: (albumHMAC, albumMark, isOverheard) = (nil, nil, false)
    }
    switch item {
    case .message(let message), .echo(let message):
      providerHMAC = hmac(message.providerID)
      dedupe = providerHMAC
    case .edit(let edit):
      providerHMAC = hmac(edit.target)
      dedupe = "edit/\(hmac(edit.providerID))"
    case .deletion(let deletion):
      providerHMAC = hmac(deletion.target)
      dedupe = "deletion/\(providerHMAC)"
    case .reaction(let reaction):
      providerHMAC = hmac(reaction.target)
      dedupe = "reaction/\(hmac(reaction.providerID))"
    case .status(let status):
      providerHMAC = hmac(status.providerID)
      dedupe = "\(providerHMAC)/\(status.status.rawValue)"
    case .progress(let progress):
      providerHMAC = ""
      let place = threadHMAC ?? addressHMAC
      let until = progress.until.timeIntervalSince1970
      dedupe = "progress/\(connection.id)/\(place)/\(progress.status.rawValue)/\(until)"
    case .move(let move):
      providerHMAC = ""
      dedupe = "move/\(hmac(move.providerID))"
    case .control(let control):
      providerHMAC = ""
      dedupe = "control/\(connection.id)/\(hmac(control.providerID))"
    case .consent(let consent):
      providerHMAC = ""
      dedupe = "consent/\(connection.id)/\(hmac(consent.providerID))"
    case .notice, .other: return nil
    }
  }

  var contact: ContactAddress { contact(at: addressHMAC) }

  var alias: ContactAddress? { aliasHMAC.map(contact(at:)) }

  /// Where the contact may be found, the surest first.
  var addresses: [ContactAddress] { [contact, alias].compactMap(\.self) }

  /// Where it is noted that the contact was named by this address with an alias, and with which; nil where the item names
  /// no alias. Each account may have aliases of its own for the same person.
  func aliasMarks(of contact: ContactID) -> (address: ContactAddress, alias: ContactAddress)? {
    aliasMarks(of: contact, addressHMAC, aliasHMAC)
  }

  /// The same of where the contact moved to.
  func movedAliasMarks(of contact: ContactID) -> (address: ContactAddress, alias: ContactAddress)? {
    moved.flatMap { aliasMarks(of: contact, $0.addressHMAC, $0.aliasHMAC) }
  }

  private func aliasMarks(
    of contact: ContactID, _ addressHMAC: String, _ aliasHMAC: String?
  ) -> (address: ContactAddress, alias: ContactAddress)? {
    guard let aliasHMAC else { return nil }
    let name = "alias/\(origin.account ?? "")/\(contact)/\(addressHMAC)"
    func mark(_ name: String) -> ContactAddress {
      self.contact(at: UUID.version5(of: name, in: connection.id.uuid).hyphenated)
    }
    return (mark(name), mark("\(name)/\(aliasHMAC)"))
  }

  func contact(at hmac: String) -> ContactAddress {
    ContactAddress(tenant: connection.tenant, channel: connection.channel, hmac: hmac)
  }

  var thread: ThreadAddress? { threadHMAC.map(thread(at:)) }

  func thread(at hmac: String) -> ThreadAddress { ThreadAddress(connection: connection.id, hmac: hmac) }

  /// The id of the message that it is, or that it is about, when a contact or an echo brought it.
  var message: MessageID { MessageID(providerHMAC: providerHMAC, in: connection.tenant) }
}

struct ContactAddress: Hashable, Sendable {
  let tenant: TenantID
  let channel: Channel
  let hmac: String
}

struct ThreadAddress: Hashable, Sendable {
  let connection: ConnectionID
  let hmac: String
}

/// What one body held.
struct NormalizedBody: Sendable {
  var items: [NormalizedItem] = []
  var notices: [NormalizedNotice] = []
  /// Parts that have no shape that the channel knows.
  var malformed = 0
  /// What concerns nothing here, by kind.
  var passedOver: [String: Int] = [:]
  var connection: KnownConnection?
  /// Where it lies in the blob store; nil when its event holds it.
  var blob: String?
  /// What the inbound event is sealed under; nil when it is gone.
  var key: KeyID?
  /// Of a mail, which anybody can send; nil for what a platform vouches for.
  var noticeAllowance: NoticeAllowance?

  init() {}

  /// - Parameters:
  ///   - refusesOthers: whether what is of an account that no connection has is counted as `other-account` and goes
  ///     no further. It is not of a connection that names no account: any may be its own.
  ///   - owner: finds the connection of an account. Providers report all accounts of a business to one address: what
  ///     another connection's account was sent is that connection's.
  init(
    _ items: [InboundItem], connection called: KnownConnection, tenantKey: SealingKey, blob: String?,
    echoesUnmarked: Bool, refusesOthers: Bool, owner: (String) -> KnownConnection?
  ) {
    connection = called
    self.blob = blob
    for item in items {
      var connection = called
      if let account = item.account, account != called.secrets.account {
        if let other = owner(account) {
          connection = other
        } else if refusesOthers, called.secrets.account?.isEmpty == false {
          passedOver["other-account", default: 0] += 1
          continue
        }
      }
      switch item {
      case .notice(let notice):
        notices.append(NormalizedNotice(notice, connection: connection, tenantKey: tenantKey))
      case .other(kind: "malformed"): malformed += 1
      case .other(let kind): passedOver[kind, default: 0] += 1
      default:
        if let item = NormalizedItem(
          item, connection: connection, tenantKey: tenantKey, echoesUnmarked: echoesUnmarked)
        {
          self.items.append(item)
        }
      }
    }
  }
}

/// Something about the account itself, or what no person wrote. One with neither an id nor a time cannot be told from a
/// repetition.
struct NormalizedNotice: Sendable {
  let notice: InboundNotice
  let connection: KnownConnection
  let tenantKey: SealingKey
  let dedupe: String?
  let providerHMAC: String?
  /// Of the message that it answers.
  let replyHMAC: String?

  init(_ notice: InboundNotice, connection: KnownConnection, tenantKey: SealingKey) {
    self.notice = notice
    self.connection = connection
    self.tenantKey = tenantKey
    providerHMAC = notice.providerID.map { tenantKey.hmac($0, on: connection.channel) }
    replyHMAC = notice.replyTo.map { tenantKey.hmac($0, on: connection.channel) }
    if let id = notice.providerID {
      dedupe = "notice/\(connection.id)/\(tenantKey.hmac("\(notice.kind) id \(id)"))"
    } else {
      dedupe = notice.time.map { time in
        let hash = tenantKey.hmac("\(notice.kind) \(time.timeIntervalSince1970) \(notice.raw)")
        return "notice/\(connection.id)/\(hash)"
      }
    }
  }
}

extension SealingKey {
  /// Stands for what a report of a message says, so that it can be compared without being held.
  func hmac(echo content: InboundContent, on channel: Channel) -> String {
    hmac(echo: EchoMark.of(content), on: channel)
  }

  /// - Parameter mark: as `EchoMark` has it.
  func hmac(echo mark: String, on channel: Channel) -> String { hmac("echo \(mark)", on: channel) }
}

extension InboundItem {
  /// What it says, if it says something.
  var content: InboundContent? {
    switch self {
    case .message(let message), .echo(let message): message.content
    case .edit(let edit): edit.content
    case .deletion, .reaction, .status, .progress, .move, .control, .consent, .notice, .other: nil
    }
  }

  /// Whether the contact said it while another app had the conversation.
  var isStandby: Bool {
    switch self {
    case .message(let message): message.isStandby
    case .edit(let edit): edit.isStandby
    default: false
    }
  }

  /// The account that it is of, where the body says so.
  fileprivate var account: String? {
    if case .notice(let notice) = self { return notice.account }
    return origin?.account
  }
}
