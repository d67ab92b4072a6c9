import Channels
import Contracts
import Foundation
import JSON
import Keyring
import Postgres

/// What normalize knows about the inputs of one batch, and what it has added to that.
package struct NormalizeWorkspace: Sendable {
  private struct Mark: Hashable, Sendable {
    let tenant: TenantID
    let hmac: String
  }

  /// The inputs that a replay brought.
  var replays: [EventID: Event] = [:]
  var parsed: [EventID: Result<NormalizedBody, any Error>] = [:]
  /// What concerns nothing here, by channel and kind.
  var passedOver: [PassedOver: Int] = [:]
  private var seen: Set<Mark> = []
  private var added: [Mark] = []
  private var contacts: NormalizeContacts
  /// Conversations of threads that became another; all others have an id made of the thread's.
  private var threads: [ThreadAddress: ConversationID] = [:]
  private var persons = NormalizePersons()
  private var overheard = NormalizeOverheard()
  private var topics = TopicMessages()
  private var changes = NormalizeChanges()
  /// Files of albums that a replay may read otherwise, by the HMACs of their messages: join tells what that makes of the
  /// album. Of a larger one, or one that is not yet joined, a file alone would stand for the whole.
  private var albumFiles: Set<String> = []
  /// What may be reported of what is being sent, by the conversation's stream.
  private var echoes: [String: [DeliverState.Echo]] = [:]
  private var newThreads: [(thread: ThreadAddress, conversation: ConversationID)] = []

  init(keyring: Keyring) { contacts = NormalizeContacts(keyring: keyring) }

  /// Reads what is known of all items, in one statement each.
  mutating func look(in transaction: Transaction) throws {
    let bodies = parsed.values.compactMap { try? $0.get() }
    let items = bodies.flatMap(\.items)
    let notices = bodies.flatMap(\.notices)
    guard !items.isEmpty || !notices.isEmpty else { return }
    try contacts.look(for: items, in: transaction)
    try lookForThreads(of: items, in: transaction)
    try topics.look(for: items, in: transaction)
    // Before what was seen is looked at: a delivery that ends between the two is then known by the one or the other.
    try lookForEchoes(of: items, in: transaction)
    var marks = Set(items.map { Mark(tenant: $0.connection.tenant, hmac: $0.dedupe) })
    for notice in notices {
      if let dedupe = notice.dedupe { marks.insert(Mark(tenant: notice.connection.tenant, hmac: dedupe)) }
    }
    for mark in bodies.flatMap(\.noticeMarks) { marks.insert(Mark(tenant: mark.tenant, hmac: mark.mark)) }
    for item in items {
      for mark in [item.albumMark, item.isOverheard ? item.providerHMAC : nil].compactMap(\.self) {
        marks.insert(Mark(tenant: item.connection.tenant, hmac: mark))
      }
      // Of what moves, also whether somebody writes already where it moves to.
      let there = item.moved?.threadHMAC.map { made(of: item.thread(at: $0)) }
      for conversation in [conversation(of: item), there].compactMap(\.self) {
        marks.insert(Mark(tenant: item.connection.tenant, hmac: "conversation/\(conversation)"))
      }
    }
    let again = replays.map { (replay: $0.value, items: (try? parsed[$0.key]?.get())?.items ?? []) }
    try changes.look(for: Set(again.flatMap(\.items).map(\.changedMessage)), in: transaction)
    try lookForAlbums(of: again.flatMap(\.items), in: transaction)
    for (replay, items) in again {
      for item in items {
        for mark in try item.readingMarks(in: replay, conversation(of: item)) {
          marks.insert(Mark(tenant: item.connection.tenant, hmac: mark))
        }
      }
    }
    for item in items where item.echoHMAC != nil {
      for echo in echoes(to: item) { marks.insert(Mark(tenant: item.connection.tenant, hmac: echo.seenMark)) }
    }
    let known = try transaction.execute(
      "select tenant, hmac from stage.known($1, $2)",
      [.uuids(marks.map(\.tenant.uuid)), .texts(marks.map(\.hmac))])
    seen = Set(known.map { Mark(tenant: TenantID($0.uuid(0)), hmac: $0.text(1)) })
  }

  private mutating func lookForThreads(of items: [NormalizedItem], in transaction: Transaction) throws {
    let asked = Set(
      items.flatMap { item in [item.thread, item.moved?.threadHMAC.map(item.thread(at:))].compactMap(\.self) }
    )
    guard !asked.isEmpty else { return }
    let rows = try transaction.execute(
      "select connection, thread_hmac, conversation from stage.threads($1, $2)",
      [.uuids(asked.map(\.connection.uuid)), .texts(asked.map(\.hmac))])
    for row in rows {
      threads[ThreadAddress(connection: ConnectionID(row.uuid(0)), hmac: row.text(1))] =
        ConversationID(row.uuid(2))
    }
  }

  private mutating func lookForEchoes(of items: [NormalizedItem], in transaction: Transaction) throws {
    let asked = Set(items.filter { $0.echoHMAC != nil }.compactMap { conversation(of: $0) })
    guard !asked.isEmpty else { return }
    let rows = try transaction.execute(
      "select key, value from stage.states('deliver', $1)", [.texts(asked.map { StreamID($0).rawValue })])
    for row in rows {
      let echoes = try JSON.decode(DeliverState.self, from: row.bytes(1)).echoes
      if !echoes.isEmpty { self.echoes[row.text(0)] = echoes }
    }
  }

  private mutating func lookForAlbums(of items: [NormalizedItem], in transaction: Transaction) throws {
    let files = items.filter { $0.albumHMAC != nil }
    guard !files.isEmpty else { return }
    let rows = try transaction.execute(
      "select value from stage.albums($1, $2)",
      [
        .uuids(Set(files.compactMap { conversation(of: $0)?.uuid }).map(\.self)),
        .texts(files.map(\.providerHMAC)),
      ])
    for row in rows {
      albumFiles.formUnion(try JSON.decode(KnownAlbum.self, from: row.bytes(0)).files)
    }
  }

  private func echoes(to item: NormalizedItem) -> [DeliverState.Echo] {
    conversation(of: item).flatMap { echoes[StreamID($0).rawValue] } ?? []
  }

  /// The part that it reports of what is being sent in its conversation, or may have been; nil for what a person wrote.
  /// Each part is taken for that once: who then writes the same by hand is a person.
  mutating func takesForOwn(_ item: NormalizedItem, at now: Date) -> DeliverState.Echo? {
    let tenant = item.connection.tenant
    guard let hmac = item.echoHMAC,
      let echo = echoes(to: item).first(where: {
        $0.hmac == hmac && $0.isExpected(at: now) && !hasSeen($0.seenMark, tenant)
      })
    else { return nil }
    see(echo.seenMark, tenant)
    return echo
  }

  func hasSeen(_ hmac: String, _ tenant: TenantID) -> Bool {
    seen.contains(Mark(tenant: tenant, hmac: hmac))
  }

  mutating func see(_ hmac: String, _ tenant: TenantID) {
    let mark = Mark(tenant: tenant, hmac: hmac)
    seen.insert(mark)
    added.append(mark)
  }

  /// From here on that is what the sender made of the message.
  mutating func note(_ change: NormalizeChanges.Change, of item: NormalizedItem) {
    changes.note(change, of: item.changedMessage)
  }

  /// Whether what is known, and was not changed since by whose it is, is now read otherwise than ever before, which is
  /// noted.
  /// - Parameter digest: of how it is read.
  mutating func reads(
    _ digest: String, of subject: Reading.Subject, _ item: NormalizedItem, in replay: Event
  ) -> Bool {
    let tenant = item.connection.tenant
    guard item.albumHMAC == nil || albumFiles.contains(item.providerHMAC),
      changes.isLast(subject, of: item.changedMessage),
      hasSeen(Reading.permission(subject, in: replay.source), tenant)
    else { return false }
    let mark = Reading.mark(subject, digest)
    guard !hasSeen(mark, tenant) else { return false }
    see(mark, tenant)
    return true
  }

  /// Reads what was overheard of the albums that the inputs bring parts of which are said to us.
  mutating func lookForOverheard(in transaction: Transaction) throws -> [Record] {
    let items = parsed.values.compactMap { try? $0.get() }.flatMap(\.items)
    return try overheard.look(
      for: Set(items.filter { !$0.isOverheard }.compactMap(\.overheardAlbum)), in: transaction)
  }

  /// Whether the item is said to us, itself, as a part of an album of which another part is, or as an edit of what was.
  func isSaidToUs(_ item: NormalizedItem) -> Bool {
    guard item.isOverheard else { return true }
    if case .edit = item.item, hasSeen(item.providerHMAC, item.connection.tenant) { return true }
    return item.albumMark.map { hasSeen($0, item.connection.tenant) } ?? false
  }

  /// Keeps what may yet turn out to be said to us.
  mutating func overhear(_ item: NormalizedItem, in record: Record) throws {
    guard let album = item.overheardAlbum else { return }
    overheard.keep(record, sealedUnder: try parsed[record.event.id]?.get().key, of: album)
  }

  /// What was overheard of the album that the item is the first part of that is said to us; empty for all others.
  mutating func takeOverheard(before item: NormalizedItem) -> [Record] {
    guard !item.isOverheard, let album = item.overheardAlbum, !hasSeen(album.mark, album.tenant) else {
      return []
    }
    see(album.mark, album.tenant)
    return overheard.take(album)
  }

  /// Whether one more notice may be made of the connection; else it is counted.
  mutating func takes(_ allowance: NoticeAllowance, of connection: KnownConnection) -> Bool {
    let mark = allowance.marks(of: connection.id).first { !hasSeen($0, connection.tenant) }
    guard let mark else {
      passOver("notice.too-many", on: connection.channel)
      return false
    }
    see(mark, connection.tenant)
    return true
  }

  func isOpen(_ conversation: ConversationID, _ tenant: TenantID) -> Bool {
    hasSeen("conversation/\(conversation)", tenant)
  }

  /// False when it was open before.
  mutating func open(_ conversation: ConversationID, _ tenant: TenantID) -> Bool {
    guard !isOpen(conversation, tenant) else { return false }
    see("conversation/\(conversation)", tenant)
    return true
  }

  /// What an input that turns out to be unreadable halfway has to undo.
  struct Savepoint {
    fileprivate let added: Int
    fileprivate let newThreads: Int
    fileprivate let contacts: NormalizeContacts
    fileprivate let threads: [ThreadAddress: ConversationID]
    fileprivate let passedOver: [PassedOver: Int]
    fileprivate let overheard: NormalizeOverheard
    fileprivate let topics: TopicMessages
    fileprivate let changes: NormalizeChanges
  }

  /// Marks are counted instead of copied: every input adds some, and a batch has many.
  var savepoint: Savepoint {
    Savepoint(
      added: added.count, newThreads: newThreads.count, contacts: contacts, threads: threads,
      passedOver: passedOver, overheard: overheard, topics: topics, changes: changes)
  }

  mutating func restore(_ savepoint: Savepoint) {
    for mark in added[savepoint.added...] { seen.remove(mark) }
    added.removeSubrange(savepoint.added...)
    newThreads.removeSubrange(savepoint.newThreads...)
    (contacts, threads, passedOver) = (savepoint.contacts, savepoint.threads, savepoint.passedOver)
    (overheard, topics, changes) = (savepoint.overheard, savepoint.topics, savepoint.changes)
  }

  mutating func passOver(_ kind: String, _ count: Int = 1, on channel: Channel) {
    passedOver[PassedOver(channel: channel, kind: kind), default: 0] += count
  }

  /// Notes whom a body concerns, once its items are done.
  mutating func notePersons(of body: NormalizedBody) {
    for item in body.items {
      guard let contact = contacts[item] ?? contacts[moved: item] else { continue }
      if let key = body.key { persons.concern(contact, key) }
      guard isSaidToUs(item), let conversation = conversation(of: item),
        isOpen(conversation, item.connection.tenant)
      else { continue }
      persons.take(contact, in: conversation)
    }
    // Messages that came before from someone who is not known any more: that person was erased.
    // A mail's notices are of that mail; a platform's may be of anything.
    if let key = body.key, !body.items.isEmpty, body.notices.isEmpty || body.noticeAllowance != nil,
      body.items.allSatisfy({
        contacts[$0] == nil && contacts[moved: $0] == nil && hasSeen($0.dedupe, $0.connection.tenant)
      })
    {
      persons.forget(key)
    }
  }

  /// Notes whom the bodies concern, and nothing else.
  func saveConcerns(in transaction: Transaction) throws {
    var noting = self
    for body in parsed.values.compactMap({ try? $0.get() }) { noting.notePersons(of: body) }
    try noting.persons.saveConcerns(in: transaction)
  }

  /// Notes in which topic's conversation a message is.
  mutating func noteTopic(of item: NormalizedItem, _ conversation: ConversationID) {
    topics.note(.init(connection: item.connection.id, hmac: item.providerHMAC), in: conversation)
  }

  /// The conversation of the thread, or that with the contact; nil for a contact who is not known yet.
  func conversation(of item: NormalizedItem) -> ConversationID? {
    if let topic = topics.conversation(of: item) { return topic }
    if let thread = item.thread { return threads[thread] ?? made(of: thread) }
    return contacts[item].map { contact in
      ConversationID(UUID.version5(of: contact.uuid.bytes, in: item.connection.id.uuid))
    }
  }

  private func made(of thread: ThreadAddress) -> ConversationID {
    ConversationID(UUID.version5(of: thread.hmac, in: thread.connection.uuid))
  }

  /// - Parameter event: that brings the item.
  mutating func contactOrNew(_ item: NormalizedItem, in event: Event) throws -> ContactID {
    try contacts.knownOrNew(item, takesOver: !event.isReplay)
  }

  func key(of contact: ContactID) throws -> SealingKey { try contacts.key(of: contact) }

  /// From here on the contact is found at another address, and the conversation by another thread.
  mutating func move(
    _ contact: ContactID, _ conversation: ConversationID, of item: NormalizedItem,
    to moved: NormalizedItem.Moved
  ) {
    contacts.move(contact, from: item.contact, to: item.contact(at: moved.addressHMAC))
    contacts.noteAlias(of: item, contact)
    guard let hmac = moved.threadHMAC, hmac != item.threadHMAC else { return }
    let thread = item.thread(at: hmac)
    // Where people write already is a conversation of its own, and stays one.
    guard threads[thread] == nil, !isOpen(made(of: thread), item.connection.tenant) else {
      return
    }
    threads[thread] = conversation
    newThreads.append((thread, conversation))
  }

  /// Another process may have added the same between `look` and here: then the transaction is done again.
  func save(in transaction: Transaction) throws {
    if !added.isEmpty {
      let count = try transaction.execute(
        "select stage.note_seen($1, $2)",
        [.uuids(added.map(\.tenant.uuid)), .texts(added.map(\.hmac))])[0].int8(0)
      try Self.check(count, added.count)
    }
    try contacts.save(in: transaction)
    try persons.save(in: transaction)
    try overheard.save(in: transaction)
    try topics.save(in: transaction)
    try changes.save(in: transaction)
    if !newThreads.isEmpty {
      let count = try transaction.execute(
        "select stage.add_threads($1, $2, $3)",
        [
          .uuids(newThreads.map(\.thread.connection.uuid)), .texts(newThreads.map(\.thread.hmac)),
          .uuids(newThreads.map(\.conversation.uuid)),
        ])[0].int8(0)
      try Self.check(count, newThreads.count)
    }
  }

  static func check(_ count: Int64, _ expected: Int) throws {
    guard count == expected else {
      throw PostgresError(.refused(sqlState: "40001"), "another process saw the same message first")
    }
  }
}

extension DeliverState.Echo {
  /// Under which it is noted that it was reported.
  fileprivate var seenMark: String { "echo/\(part)" }

  /// What it tells of.
  var mark: SendMark? { message.map { SendMark($0, part: number) } }
}

/// What a provider reported that concerns nothing here.
package struct PassedOver: Hashable, Sendable {
  package let channel: Channel
  /// A word for counting.
  package let kind: String
}

extension NormalizedItem {
  fileprivate var overheardAlbum: NormalizeOverheard.Album? {
    albumMark.map { NormalizeOverheard.Album(tenant: connection.tenant, mark: $0) }
  }
}
