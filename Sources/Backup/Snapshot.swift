import Foundation
import JSON
import ObjectStore

/// What an archive holds of a database beside the log's segments, as of one moment: the records that are in no segment
/// yet, how far the stages have come and what they know, the audit's trees. Files and documents lie beside it, each
/// once for all snapshots. `manifest.json` is put last: without it there is no snapshot.
package struct Snapshot: Codable, Sendable, Equatable {
  static let format = "aigentable snapshot 1"
  static let folder = "state/"
  /// What one object of a table holds at most, about, before it is compressed.
  static let partBytes = 8 << 20

  struct Part: Codable, Sendable, Equatable {
    let object: String
    /// Of what lies there.
    let sha256: String
    let rows: Int
  }

  struct Table: Codable, Sendable, Equatable {
    let name: String
    /// How its rows are put in.
    let copyIn: String
    let parts: [Part]
  }

  /// How documents were cut.
  package struct Chunks: Codable, Sendable, Equatable {
    package let tokens: Int
    package let overlap: Int
  }

  let format: String
  /// `2026-11-28T05-30-00.123Z`: the order of names is that of time.
  package let name: String
  package let chunks: Chunks?
  let tables: [Table]
  /// The names of files and parts of documents, one a line.
  let files: [Part]

  static func manifest(_ name: String) -> String { "\(folder)\(name)/manifest.json" }

  /// The names of all that are whole, oldest first.
  package static func names(in store: any ObjectStore) async throws -> [String] {
    try await store.list(folder).filter { $0.hasSuffix("/manifest.json") }
      .map { String($0.dropFirst(folder.count).dropLast("/manifest.json".count)) }
  }

  static func load(_ name: String, from store: any ObjectStore) async throws -> Snapshot {
    guard let bytes = try await store.get(manifest(name)) else {
      throw BackupError("the archive has no snapshot \(name)")
    }
    let snapshot = try JSON.decode(Snapshot.self, from: bytes)
    guard snapshot.format == format else {
      throw BackupError("snapshot \(name) is of another release: \(snapshot.format)")
    }
    return snapshot
  }
}

package struct BackupError: Error, CustomStringConvertible {
  let message: String
  init(_ message: String) { self.message = message }
  package var description: String { message }
}
