import Contracts
import Crypto
import EventLog
import Foundation
import JSON
import LZ4
import Postgres

/// Writes what the log holds of a conversation, a contact or a tenant to one file, each event with the proof that a
/// checkpoint covers it. Private parts stay sealed.
package struct Exporter: Sendable {
  package struct Report: Sendable, Equatable {
    package let events: Int
    /// Events that no checkpoint covers yet: they are not in the file.
    package let later: Int
    package let checkpoint: Int64
  }

  private let log: any EventLog
  private let store: AuditStore

  package init(log: any EventLog, pool: PostgresPool) {
    self.log = log
    store = AuditStore(pool: pool)
  }

  /// - Parameters:
  ///   - bodies: of a contact.
  ///   - file: replaced once the export is whole.
  package func export(
    _ subject: ExportSubject, bodies: ExportedBodies = .none, to file: URL, at time: Date
  ) async throws -> Report {
    guard let signed = try await store.checkpoint(nil),
      let key = try await store.pool.withConnection({ try SigningKey.loadPublic(on: $0) })
    else { throw AuditError(.noCheckpoint, "there is no checkpoint yet; run: audit checkpoint") }
    guard signed.isSigned(by: key) else {
      throw AuditError(.inconsistent, "the checkpoint was not signed with the signing key; run: audit verify")
    }
    let checkpoint = try signed.opened()
    let selection = try await selection(of: subject, bodies)
    let writer = try ExportWriter(file)
    try writer.write(
      ExportManifest(
        subject, made: time.truncatedToMilliseconds, withheld: bodies.withheld, checkpoint: signed, key: key))
    var later = 0
    for place in selection.partitions(of: log.layout) {
      let head = checkpoint.trees.first { $0.topicPartition == place }
      later += try await export(place, head, selection, to: writer)
    }
    let events = writer.lines - 1
    try writer.write(
      ExportEnd(format: ExportEnd.format, events: events, later: later, sha256: writer.hash))
    try writer.finish()
    return Report(events: events, later: later, checkpoint: checkpoint.number)
  }

  private func selection(
    of subject: ExportSubject, _ bodies: ExportedBodies
  ) async throws -> ExportSelection {
    var selection = ExportSelection(subject, bodies: bodies.own)
    guard selection.isScouted else { return selection }
    for (place, end) in zip(log.layout.partitions(.conversations), try await log.ends(of: .conversations)) {
      var scan = try await PartitionScan(log, from: Cursor(place), to: end)
      while let records = try await scan.next() { for record in records { selection.scout(record.event) } }
    }
    return selection
  }

  /// Leaves and records are read side by side: a leaf without its record is one of `inbound` that was removed.
  private func export(
    _ place: TopicPartition, _ head: Checkpoint.Head?, _ selection: ExportSelection, to writer: ExportWriter
  ) async throws -> Int {
    let ends = try await log.ends(of: place.topic)
    let end = ends[Int(place.partition.rawValue)]
    let head = head ?? Checkpoint.Head(place, size: 0, root: MerkleTree.empty)
    let paths = TreePaths(head, store)
    var (leaf, later) = (Int64(0), 0)
    var hasher = LeafHasher()
    var scan = try await PartitionScan(log, from: Cursor(place), to: end)
    while let records = try await scan.next() {
      for event in records.map(\.event) {
        while leaf < paths.head.size {
          let known = try await paths.leaf(leaf)
          if known.event == event.id { break }
          leaf += 1
        }
        if selection.takes(event) {
          if leaf < paths.head.size {
            let path = try await paths.path(of: event, leaf, &hasher)
            try writer.write(
              ExportedEvent(
                event: event.id, topic: place.topic, partition: place.partition.rawValue, leaf: leaf,
                record: Proof.Record(event), path: path))
          } else {
            later += 1
          }
        }
        leaf += 1
      }
    }
    return later
  }
}

/// Compresses lines into a file that stands in its place only once it is whole.
private final class ExportWriter {
  private let file: URL
  private let part: URL
  private let handle: FileHandle
  private let encoder = LZ4Encoder()
  private var hasher = SHA256()
  private(set) var lines = 0

  init(_ file: URL) throws {
    self.file = file
    part = file.appendingPathExtension("part")
    guard
      FileManager.default.createFile(
        atPath: part.path, contents: nil, attributes: [.posixPermissions: 0o600]),
      let handle = FileHandle(forWritingAtPath: part.path)
    else { throw AuditError(.file, "\(part.path) cannot be written") }
    self.handle = handle
  }

  /// Of everything so far.
  var hash: MerkleHash { MerkleHash(hasher.finalize()) }

  func write(_ line: some Encodable) throws {
    let bytes = try JSON.encode(line) + [0x0A]
    hasher.update(data: bytes)
    lines += 1
    try put(encoder.encode(bytes))
  }

  func finish() throws {
    try put(encoder.finish())
    try handle.synchronize()
    try handle.close()
    guard rename(part.path, file.path) == 0 else { throw AuditError(.file, "\(file.path) cannot be written") }
  }

  private func put(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    do { try handle.write(contentsOf: bytes) } catch {
      throw AuditError(.file, "\(part.path): \(error.localizedDescription)")
    }
  }
}
