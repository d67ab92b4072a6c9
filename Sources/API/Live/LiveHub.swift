import Contracts
import EventLog
import Foundation
import Keyring
import Logging
import Postgres
import Projections
import ServiceLifecycle
import Synchronization
import Telemetry

/// One tail of `conversations`, for every stream that this process holds open.
///
/// As a service it reads all partitions from where the log ends when it starts, and hands each event to the
/// mailboxes of those who listen to its conversation; only those events are decrypted. When the log is away
/// it goes on from where it stood. What `TokenSender`s tell of replies that are being written goes the same way.
package final class LiveHub: Service {
  private let log: any EventLog
  private let records: LiveRecords
  private let tokens: TokenListener
  private let logger: Logger
  private let table = Mutex(LiveTable())
  private let replies = Mutex(LiveReplies())
  private let heartbeat: Duration

  /// - Parameters:
  ///   - heartbeat: how often a quiet stream is written to.
  ///   - patience: how long a message waits for what it quotes to be found; see `LiveQuotes`.
  package init(
    log: any EventLog, pool: PostgresPool, keyring: Keyring, metrics: Metrics, logger: Logger,
    heartbeat: Duration = .seconds(15), patience: Duration = .milliseconds(250)
  ) {
    self.log = log
    self.logger = logger
    self.heartbeat = heartbeat
    records = LiveRecords(
      pool: pool, keyring: keyring,
      quotes: LiveQuotes(readModels: ReadModels(pool: pool, metrics: metrics), patience: patience))
    tokens = TokenListener(pool: pool, keyring: keyring)
    metrics.gauge("aigentable_live_streams", "Streams held open.") { [weak self] in
      [Measured(Double(self?.table.withLock { $0.count } ?? 0))]
    }
  }

  /// Streams a part of a reply that is being written to whoever listens. A hint: it may be lost, and
  /// `reply.generated` replaces it.
  func token(_ delta: ChatDelta, of conversation: ConversationID) { hint(.delta(delta), of: conversation) }

  private func hint(_ item: LiveItem, of conversation: ConversationID) {
    let mailboxes = table.withLock { $0.mailboxes(of: conversation) }
    guard !mailboxes.isEmpty else { return }
    var item = item
    if case .delta(let delta) = item {
      item = .delta(replies.withLock { $0.extended(by: delta, of: conversation, at: Surroundings.now) })
    }
    for mailbox in mailboxes { mailbox.offer(item) }
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      await withTaskGroup { group in
        group.addTask { await self.tail() }
        group.addTask { await self.beat() }
        group.addTask {
          await self.tokens.run { conversation in
            self.table.withLock { !$0.mailboxes(of: conversation).isEmpty }
          } deliver: {
            self.hint($1, of: $0)
          }
        }
        await group.waitForAll()
      }
    }
    for mailbox in table.withLock({ $0.mailboxes }) { mailbox.close() }
  }

  /// How many parts the streams are in that are written to one after the other: all of thousands at one moment would
  /// hold up what people wait for.
  private static let beats = 16

  private func beat() async {
    var part = 0
    while (try? await Task.sleep(for: heartbeat / Self.beats)) != nil {
      for mailbox in table.withLock({ $0.mailboxes(ofPart: part, of: Self.beats) }) {
        mailbox.offer(.heartbeat)
      }
      part = (part + 1) % Self.beats
      if part == 0 { replies.withLock { $0.sweep(at: Surroundings.now) } }
    }
  }

  private func tail() async {
    while !Task.isCancelled {
      do { try await follow() } catch {
        if Task.isCancelled { return }
        logger.warning("conversations cannot be followed now", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }

  private func follow() async throws {
    let cursors = try await self.cursors()
    let reader = try await log.reader(from: Array(cursors.values), types: LiveRecords.types)
    do {
      while true { try await deliver(reader.next(limit: 1_000)) }
    } catch {
      await reader.close()
      throw error
    }
  }

  private func deliver(_ batch: LogBatch) async throws {
    let routed = table.withLock { $0.route(batch) }
    guard !routed.isEmpty else { return }
    do {
      let items = try await records.items(of: routed.map(\.record))
      for (route, items) in zip(routed, items) {
        for item in items {
          if case .message(let message, _) = item { replies.withLock { $0.end(message.id) } }
          for mailbox in route.mailboxes { mailbox.offer(item) }
        }
      }
    } catch {
      // The cursors have moved on: whoever should have heard this comes back and reads it.
      for route in routed { for mailbox in route.mailboxes { mailbox.close() } }
      throw error
    }
  }
}

/// One stream's place in the hub.
struct LiveSubscription: Sendable {
  let id: Int
  let mailbox: Mailbox
}

extension LiveHub {
  /// Begins to listen to what a visitor's conversations bring, those not yet opened included. Call `end`
  /// after.
  func listen(connection: ConnectionID, addressHMAC: String) -> LiveSubscription {
    let mailbox = Mailbox()
    let id = table.withLock {
      $0.add(mailbox, at: LiveTable.Address(connection: connection, hmac: addressHMAC))
    }
    return LiveSubscription(id: id, mailbox: mailbox)
  }

  /// Begins to listen to one conversation.
  func listen(to conversation: ConversationID) async throws -> LiveSubscription {
    // No visitor is found at this address.
    let subscription = listen(connection: ConnectionID(conversation.uuid), addressHMAC: "")
    do { _ = try await attach(subscription, to: conversation) } catch {
      end(subscription)
      throw error
    }
    return subscription
  }

  /// From the cursors that this returns on, everything of `conversation` reaches the mailbox.
  func attach(
    _ subscription: LiveSubscription, to conversation: ConversationID
  ) async throws -> [Partition: Cursor] {
    _ = try await cursors()
    return table.withLock { table in
      table.attach(subscription.id, to: conversation)
      return table.cursors ?? [:]
    }
  }

  /// Where the tail stands; before it runs, that is the end of the log, from which it then starts.
  func cursors() async throws -> [Partition: Cursor] {
    if let cursors = table.withLock({ $0.cursors }) { return cursors }
    let ends = try await log.ends(of: .conversations)
    let cursors = zip(log.layout.partitions(.conversations), ends).map { Cursor($0, $1) }
    return table.withLock { table in
      if table.cursors == nil { table.start(at: cursors) }
      return table.cursors ?? [:]
    }
  }

  /// Ends the streams of an erased contact's conversations; what waits in them is dropped. Returns at once.
  package func cut(_ contact: ContactID) {
    records.pool.enqueue { [weak self] connect in
      guard let self else { return }
      let rows = try? connect().execute(
        "select conversation from stage.participant where contact = $1", [.uuid(contact.uuid)])
      cut(rows.map { Set($0.map { ConversationID($0.uuid(0)) }) })
    } onRefusal: { [weak self] _ in
      self?.cut(nil)
    }
  }

  /// - Parameter conversations: nil when it cannot be known which they are: all browsers come back and read again.
  private func cut(_ conversations: Set<ConversationID>?) {
    replies.withLock { $0.forget(conversations) }
    let mailboxes = table.withLock { table in
      conversations?.flatMap { table.mailboxes(of: $0) } ?? table.mailboxes
    }
    for mailbox in mailboxes { mailbox.cut() }
  }

  func end(_ subscription: LiveSubscription) {
    table.withLock { $0.remove(subscription.id) }
    subscription.mailbox.close()
  }

  func items(of records: [Record]) async throws -> [[LiveItem]] { try await self.records.items(of: records) }
}
