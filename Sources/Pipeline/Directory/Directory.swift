import Contracts
import EventLog
import JSON
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

  private func open(_ records: [Record]) async throws -> [EventID: ConnectionCreated.Private] {
    let sealed = records.compactMap { record in
      (try? Self.sealedSecrets(of: record.event)).map { (id: record.event.id, secrets: $0) }
    }
    guard !sealed.isEmpty else { return [:] }
    let ids = Set(sealed.compactMap { try? JWE.keyID(of: $0.secrets) })
    let keys = try await pool.withConnection { [keyring] in try keyring.keys(ids, on: $0) }
    return Dictionary(
      uniqueKeysWithValues: sealed.compactMap { id, secrets in
        guard let kid = try? JWE.keyID(of: secrets), let key = keys[kid],
          let opened = try? JWE.open(secrets, with: key),
          let secrets = try? JSON.decode(ConnectionCreated.Private.self, from: opened)
        else { return nil }
        return (id, secrets)
      })
  }

  private static func sealedSecrets(of event: Event) throws -> String? {
    switch event.type {
    case ConnectionCreated.type: try ConnectionCreated.read(event).private
    case ConnectionChanged.type: try ConnectionChanged.read(event).private
    default: nil
    }
  }
}

/// Lets one task at a time through, in order of arrival.
private actor Turn {
  private var last: Task<Void, Never>?

  func take<R: Sendable>(_ work: @escaping @Sendable () async throws -> R) async throws -> R {
    let before = last
    let mine = Task<R, any Error> {
      await before?.value
      return try await work()
    }
    last = Task { _ = await mine.result }
    return try await mine.value
  }
}
