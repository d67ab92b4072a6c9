import Contracts
import EventLog

/// Who listens to what, and how far the tail has come: plain state, changed under the hub's lock.
struct LiveTable {
  /// Where a visitor's conversations are found before they have one.
  struct Address: Hashable {
    let connection: ConnectionID
    let hmac: String
  }

  private struct Listener {
    let mailbox: Mailbox
    let address: Address
    var conversation: ConversationID?
  }

  private var listeners: [Int: Listener] = [:]
  private var byConversation: [ConversationID: Set<Int>] = [:]
  private var byAddress: [Address: Set<Int>] = [:]
  private var nextID = 0
  /// The next offset of each partition that the tail reads; nil until it runs.
  private(set) var cursors: [Partition: Cursor]?

  var count: Int { listeners.count }
  var mailboxes: [Mailbox] { listeners.values.map(\.mailbox) }

  /// Of so many parts of about one size, in which each listener stays in its own.
  func mailboxes(ofPart part: Int, of parts: Int) -> [Mailbox] {
    listeners.lazy.filter { $0.key % parts == part }.map(\.value.mailbox)
  }

  mutating func start(at cursors: [Cursor]) {
    self.cursors = Dictionary(cursors.map { ($0.partition.partition, $0) }) { first, _ in first }
  }

  mutating func add(_ mailbox: Mailbox, at address: Address) -> Int {
    defer { nextID += 1 }
    listeners[nextID] = Listener(mailbox: mailbox, address: address)
    byAddress[address, default: []].insert(nextID)
    return nextID
  }

  mutating func attach(_ id: Int, to conversation: ConversationID) {
    guard let old = listeners[id]?.conversation else {
      listeners[id]?.conversation = conversation
      if listeners[id] != nil { byConversation[conversation, default: []].insert(id) }
      return
    }
    guard old != conversation else { return }
    leave(old, id)
    listeners[id]?.conversation = conversation
    byConversation[conversation, default: []].insert(id)
  }

  mutating func remove(_ id: Int) {
    guard let listener = listeners.removeValue(forKey: id) else { return }
    if let conversation = listener.conversation { leave(conversation, id) }
    byAddress[listener.address]?.remove(id)
    if byAddress[listener.address]?.isEmpty == true { byAddress[listener.address] = nil }
  }

  private mutating func leave(_ conversation: ConversationID, _ id: Int) {
    byConversation[conversation]?.remove(id)
    if byConversation[conversation]?.isEmpty == true { byConversation[conversation] = nil }
  }

  func mailboxes(of conversation: ConversationID) -> [Mailbox] {
    (byConversation[conversation] ?? []).compactMap { listeners[$0]?.mailbox }
  }

  /// Notes a batch of the tail: opened conversations find their visitors, the cursors move, and each record
  /// that someone listens to comes back with its mailboxes. What is attached later starts behind this batch.
  mutating func route(_ batch: LogBatch) -> [(record: Record, mailboxes: [Mailbox])] {
    var routed: [(record: Record, mailboxes: [Mailbox])] = []
    for record in batch.records {
      guard let conversation = ConversationID(record.event.key.rawValue) else { continue }
      if record.event.type == ConversationOpened.type,
        let facts = try? ConversationOpened.read(record.event).facts
      {
        let address = Address(connection: facts.connection, hmac: facts.addressHMAC)
        for id in byAddress[address] ?? [] { attach(id, to: conversation) }
      }
      let mailboxes = mailboxes(of: conversation)
      if !mailboxes.isEmpty { routed.append((record, mailboxes)) }
    }
    for cursor in batch.cursors { cursors?[cursor.partition.partition] = cursor }
    return routed
  }
}
