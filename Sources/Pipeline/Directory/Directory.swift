import Contracts
import EventLog
import Keyring
import Logging
import Postgres
import Synchronization

/// The fold of `agents` and `tenants`, kept in memory by every process: these topics are small and change
/// seldom. It is a pure function of a prefix of both, so decisions name the offsets that they knew.
package final class Directory: Sendable {
  private let log: any EventLog
  private let pool: PostgresPool
  private let keyring: Keyring
  private let logger: Logger
  private let folded = Mutex(DirectorySnapshot())
  private let turn = Turn()

  package init(log: any EventLog, pool: PostgresPool, keyring: Keyring, logger: Logger) {
    self.log = log
    self.pool = pool
    self.keyring = keyring
    self.logger = logger
  }

  package var snapshot: DirectorySnapshot { folded.withLock { $0 } }

  /// Folds both topics to the ends that they have now, and returns what came of it.
  package func catchUp() async throws -> DirectorySnapshot {
    let ends = try await log.ends(of: [.agents, .tenants])
    let known = KnownOffsets(
      agents: ends[.agents]?.first ?? .zero, tenants: ends[.tenants]?.first ?? .zero)
    let current = snapshot
    if current.covers(known) { return current }
    return try await turn.take { [self] in
      while !snapshot.covers(known) { try await foldMore() }
      return snapshot
    }
  }

  private func foldMore() async throws {
    let from = snapshot.known
    let reader = try await log.reader(
      from: [
        Cursor(TopicPartition(.agents, Partition(0)), from.agents),
        Cursor(TopicPartition(.tenants, Partition(0)), from.tenants),
      ], types: nil)
    let batch: LogBatch
    do { batch = try await reader.next(limit: 1_000) } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    let secrets = try await open(batch.records)
    folded.withLock { folded in
      for record in batch.records {
        // An event that cannot be read must not stop every stage; it is counted as unknown would be.
        do { try folded.apply(record, secrets: secrets[record.event.id]) } catch {
          logger.error("event is passed over", metadata: ["id": "\(record.event.id)", "why": "\(error)"])
        }
      }
      for cursor in batch.cursors {
        let known = folded.known
        switch cursor.partition.topic {
        case .agents: folded.known = KnownOffsets(agents: cursor.offset, tenants: known.tenants)
        case .tenants: folded.known = KnownOffsets(agents: known.agents, tenants: cursor.offset)
        case .inbound, .conversations, .documents: break
        }
      }
    }
  }

  private func open(_ records: [Record]) async throws -> [EventID: DirectorySnapshot.Secrets] {
    let sealed = records.compactMap { record in Sealed(record.event) }
    guard !sealed.isEmpty else { return [:] }
    let ids = Set(sealed.map(\.kid))
    let keys = try await pool.withConnection { [keyring] in try keyring.keys(ids, on: $0) }
    return Dictionary(
      uniqueKeysWithValues: sealed.compactMap { sealed in
        keys[sealed.kid].flatMap(sealed.open).map { (sealed.event, $0) }
      })
  }

  /// A private part that the fold wants to know.
  private struct Sealed {
    let event: EventID
    let kid: KeyID
    let open: (SealingKey) -> DirectorySnapshot.Secrets?

    init?(_ event: Event) {
      switch event.type {
      case ConnectionCreated.type: self.init(event, ConnectionCreated.self) { .connection($0) }
      case ConnectionChanged.type: self.init(event, ConnectionChanged.self) { .connection($0) }
      case AgentPublished.type: self.init(event, AgentPublished.self) { .agent($0) }
      case AgentChanged.type: self.init(event, AgentChanged.self) { .agent($0) }
      case ContactLabelled.type: self.init(event, ContactLabelled.self) { .contact($0) }
      default: return nil
      }
    }

    private init?<Spec: EventSpec>(
      _ event: Event, _ spec: Spec.Type, _ wrap: @escaping (Spec.Private) -> DirectorySnapshot.Secrets
    ) {
      guard let value = try? Spec.read(event), let kid = try? value.keyID else { return nil }
      self.event = event.id
      self.kid = kid
      open = { key in (try? value.opened(with: key)).flatMap { $0 }.map(wrap) }
    }
  }
}

/// Lets one task at a time through, in order of arrival.
private actor Turn {
  private var last: Task<Void, Never>?

  func take<R: Sendable>(_ work: @escaping @Sendable () async throws -> R) async throws -> R {
    let before = last
    let mine = Task<R, any Error>(executorPreference: Surroundings.executor) {
      await before?.value
      return try await work()
    }
    last = Task(executorPreference: Surroundings.executor) { _ = await mine.result }
    return try await mine.value
  }
}
