import Foundation
import JSON
import ObjectStore
import Postgres

/// Puts a snapshot of the database into the archive, beside the log's segments. The engine may run meanwhile.
package struct SnapshotWriter: Sendable {
  /// What one run did.
  package struct Report: Sendable {
    package let name: String
    package let rows: Int
    /// Files and parts of documents that the archive did not have yet.
    package let files: Int
  }

  private let pool: PostgresPool
  private let store: any ObjectStore
  private let keeps: Int

  /// - Parameter keeps: how many snapshots stay; older ones are removed.
  package init(pool: PostgresPool, store: any ObjectStore, keeps: Int = 3) {
    self.pool = pool
    self.store = store
    self.keeps = max(1, keeps)
  }

  package func write(at date: Date = Date()) async throws -> Report {
    let spool = try Spool.make()
    defer { Spool.remove(spool) }
    let there = Set(try await store.list("blob/") + store.list("document/"))
    let dump = SnapshotDump(Self.name(of: date), into: spool)
    let (snapshot, files) = try await pool.withTransaction { try dump.run(in: $0) }
    let put = try await StoredFiles(pool: pool, store: store).put(files.filter { !there.contains($0) })
    for part in snapshot.tables.flatMap(\.parts) + snapshot.files {
      try await store.put(
        Array(try Data(contentsOf: SnapshotDump.file(of: part, in: spool))), at: part.object)
    }
    try await store.put(JSON.encode(snapshot), at: Snapshot.manifest(snapshot.name))
    try await prune()
    // What was let go of must not stay readable here.
    for name in there.subtracting(files) { try await store.remove(name) }
    return Report(
      name: snapshot.name, rows: snapshot.tables.flatMap(\.parts).reduce(0) { $0 + $1.rows }, files: put)
  }

  private static func name(of date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)).replacing(
      ":", with: "-")
  }

  /// Removes all but the last snapshots, and what a run left that was killed.
  private func prune() async throws {
    let kept = Set(try await Snapshot.names(in: store).suffix(keeps))
    let objects = try await store.list(Snapshot.folder)
    func snapshot(_ object: String) -> String {
      String(object.dropFirst(Snapshot.folder.count).prefix { $0 != "/" })
    }
    // Manifests first, so that no half of a snapshot passes for one.
    for object in objects.filter({ $0.hasSuffix("/manifest.json") }) + objects
    where !kept.contains(snapshot(object)) { try await store.remove(object) }
  }
}
