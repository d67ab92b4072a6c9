import Contracts
import Crypto
import EventLog
import FoundationEssentials
import Postgres
import Synchronization

/// What a verification came to.
package struct VerificationReport: Codable, Sendable {
  /// Events read from the log again.
  package var events = 0
  /// Events of `inbound` that are past their 30 days and that a log removed by itself: their stored hashes stood in.
  package var expired = 0
  /// Checkpoints that are signed and in their place.
  package var checkpoints = 0
  package var differences: [Difference] = []
}

/// Reads the whole log again and holds it against what was signed.
///
/// Whether an event is as it was rests on the signed roots alone, which the leaves read from the log must give. The
/// leaves in the audit tables only serve to name what differs; where those were changed too, that is found as well.
package struct Verifier: Sendable {
  private let log: any ReadableLog
  private let store: AuditStore
  private let now: Date

  package init(log: any ReadableLog, pool: PostgresPool, now: Date) {
    self.log = log
    store = AuditStore(pool: pool)
    self.now = now
  }

  /// - Parameter place: checkpoints and a key from outside, which are believed before those of the database.
  package func run(against place: (any CheckpointPlace)?) async throws -> VerificationReport {
    var report = VerificationReport()
    let checkpoints = try await checkpoints(place, &report)
    report.checkpoints = checkpoints.count
    var claims: [TopicPartition: [RootCheck.Claim]] = [:]
    for checkpoint in checkpoints {
      for head in checkpoint.trees {
        claims[head.topicPartition, default: []].append(
          .init(checkpoint: checkpoint.number, size: head.size, root: head.root))
      }
    }
    for topic in Topic.allCases {
      for (partition, end) in zip(log.layout.partitions(topic), try await log.ends(of: topic)) {
        try await verify(partition, to: end, claims.removeValue(forKey: partition) ?? [], &report)
      }
    }
    for partition in claims.keys {
      report.differences.append(Difference(.root, in: partition, "the log has no such partition"))
    }
    return report
  }

  /// The checkpoints to believe: those from outside, and later ones from the database.
  private func checkpoints(
    _ place: (any CheckpointPlace)?, _ report: inout VerificationReport
  ) async throws -> [Checkpoint] {
    let entries = try await store.checkpoints()
    let own = try await store.pool.withConnection { try SigningKey.loadPublic(on: $0) }
    let outside = try await place?.read()
    let outerKey = try await place?.key()
    guard let key = outerKey ?? own, !entries.isEmpty || outside?.entries.isEmpty == false else {
      throw AuditError(.noCheckpoint, "there is no checkpoint to verify against; run: audit checkpoint")
    }
    if own?.rawRepresentation != key.rawRepresentation {
      report.differences.append(
        Difference(.checkpoint, "the public key of the database is not the one outside"))
    }
    let inside = CheckpointChain(entries, key: key, in: "database")
    report.differences += inside.differences
    guard let place, let outside else { return Array(inside.sound.values) }
    if outerKey == nil {
      report.differences.append(Difference(.checkpoint, "\(place.name) holds no key.pem"))
    }
    let outer = CheckpointChain(outside.entries, key: key, in: place.name)
    report.differences += outside.differences + outer.differences + outer.missing(from: inside)
    return Array(inside.sound.merging(outer.sound) { _, outer in outer }.values)
  }

  private func verify(
    _ partition: TopicPartition, to end: Offset, _ claims: [RootCheck.Claim],
    _ report: inout VerificationReport
  ) async throws {
    var stored = StoredLeaves(store, partition)
    let damages = Damages()
    var reader = try await LeafReader(
      log.salvaging { damages.add($0) }, from: Cursor(partition), to: end)
    var (storedRoots, readRoots) = (RootCheck(claims), RootCheck(claims))
    var comparison = LeafComparison(partition)
    var front = try await reader.next()
    // Where records are removed by nobody, none may be missing at the front either, however old.
    var isFront = log.expiring.contains(partition.topic)
    // A part that gives nothing says nothing: only where the log begins tells what has expired. Neither has what cannot
    // be read there.
    while isFront, front.isEmpty, damages.first == nil, !reader.isAtEnd { front = try await reader.next() }
    let first = [damages.first, front.first?.offset].compactMap(\.self).min() ?? end
    var fresh: [Leaf]? = front

    repeat {
      while comparison.wantsStored {
        guard var leaves = try await stored.next() else {
          comparison.endStored()
          break
        }
        storedRoots.append(leaves, &stored.blocks)
        if isFront {
          let expired = leaves.prefix { $0.offset < first && $0.isExpired(at: now) }
          readRoots.append(expired, &stored.blocks)
          report.expired += expired.count
          isFront = expired.count == leaves.count
          leaves.removeFirst(expired.count)
        }
        comparison.addStored(leaves)
      }
      while comparison.wantsRead || comparison.isOver && readRoots.wantsMore && !reader.isAtEnd {
        let leaves: [Leaf]
        if let fresh { leaves = fresh } else { leaves = try await reader.next() }
        fresh = nil
        report.events += leaves.count
        var rest = leaves[...]
        for damage in damages.take(upTo: reader.cursor.offset) {
          let split = rest.firstIndex { $0.offset >= damage.unreadable.upperBound } ?? rest.endIndex
          readRoots.append(rest[..<split], &stored.blocks)
          rest = rest[split...]
          let lost = try await standIn(for: damage, stored: &stored, &comparison, roots: &storedRoots)
          // With their hashes what stands behind them can still be held against the signed roots.
          readRoots.append(lost, &stored.blocks)
          report.differences.append(Difference(damage, lost: lost))
        }
        readRoots.append(rest, &stored.blocks)
        if comparison.wantsRead {
          comparison.addRead(leaves, isAtEnd: reader.isAtEnd)
        }
      }
      comparison.advance()
    } while !comparison.isOver || readRoots.wantsMore && !reader.isAtEnd
    await reader.close()
    while let leaves = try await stored.next() { storedRoots.append(leaves, &stored.blocks) }
    storedRoots.end()
    readRoots.end()
    report.differences += judge(
      partition, stored.differences, comparison.finish(), stored: storedRoots, read: readRoots)
  }

  /// The stored leaves of what cannot be read, taken out of what is compared.
  private func standIn(
    for damage: LogDamage, stored: inout StoredLeaves, _ comparison: inout LeafComparison,
    roots: inout RootCheck
  ) async throws -> [Leaf] {
    var lost = comparison.removeStored(damage.unreadable)
    guard !damage.unreadable.isEmpty else { return [] }
    while stored.reached < damage.unreadable.upperBound {
      guard let leaves = try await stored.next() else {
        comparison.endStored()
        break
      }
      roots.append(leaves, &stored.blocks)
      lost += leaves.filter { damage.unreadable.contains($0.offset) }
      comparison.addStored(leaves.filter { !damage.unreadable.contains($0.offset) })
    }
    return lost
  }

  /// Who is to blame, the log or the tables beside it.
  private func judge(
    _ partition: TopicPartition, _ blocks: [Difference], _ named: [Difference], stored: RootCheck,
    read: RootCheck
  ) -> [Difference] {
    var found = blocks
    if let broken = stored.broken {
      found.append(
        Difference(
          .tables, in: partition,
          "the stored leaves \(stored.sound) to \(broken.size - 1) do not give the root of checkpoint "
            + "\(broken.checkpoint)"))
    }
    guard let broken = read.broken else {
      return stored.broken == nil ? found + named : found + named.map { $0.blamingTables() }
    }
    guard named.isEmpty else { return found + named }
    found.append(
      Difference(
        .root, in: partition,
        "the events \(read.sound) to \(broken.size - 1), counted from 0, are not those that checkpoint "
          + "\(broken.checkpoint) signed"))
    return found
  }
}

/// What readers of one partition told of, in order.
private final class Damages: Sendable {
  private let told = Mutex<[LogDamage]>([])

  func add(_ damage: LogDamage) { told.withLock { $0.append(damage) } }
  var first: Offset? { told.withLock { $0.first?.unreadable.lowerBound } }

  /// Those that a reader has come to.
  func take(upTo offset: Offset) -> [LogDamage] {
    told.withLock { told in
      let met = told.filter { $0.unreadable.lowerBound <= offset }
      told.removeAll { $0.unreadable.lowerBound <= offset }
      return met
    }
  }
}

extension Difference {
  fileprivate init(_ damage: LogDamage, lost: [Leaf]) {
    let range = damage.unreadable
    let count = range.upperBound.rawValue - range.lowerBound.rawValue
    let last = lost.last.map { ", event \($0.event)," } ?? ""
    let which =
      switch count {
      case 0: ""
      case 1: "; this event cannot be read"
      default: "; \(count) events, up to offset \(range.upperBound.rawValue - 1)\(last) cannot be read"
      }
    self.init(.archive, in: damage.partition, at: lost.first, damage.what + which)
    if count > 0 { offset = range.lowerBound.rawValue }
  }
}
