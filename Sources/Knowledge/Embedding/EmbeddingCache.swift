import Crypto
import Postgres

/// Embeds passages, each text once for ever: what was embedded is kept in Postgres under the hash of what
/// the model was given.
package struct EmbeddingCache: Sendable {
  private let embedder: any Embedder
  private let pool: PostgresPool

  /// Texts that are embedded before their vectors are kept: who fails or ends loses no more.
  private static let lot = 32

  package init(_ embedder: any Embedder, pool: PostgresPool) {
    self.embedder = embedder
    self.pool = pool
  }

  package var model: EmbeddingModel { embedder.model }

  package func passages(_ texts: [String]) async throws -> [[Float]] {
    // With what is put before it: another prefix makes another vector.
    let hashes = texts.map { Array(SHA256.hash(data: Array(embedder.input($0, for: .passage).utf8))) }
    let (name, dimensions) = (model.name, model.dimensions)
    let known = try await pool.withConnection { connection in
      try connection.execute(
        "select hash, vector from knowledge.embedded where model = $1 and hash = any ($2)",
        [.text(name), .byteStrings(hashes)]
      ).map { ($0.bytes(0), VectorBytes.floats($0.bytes(1))) }
    }
    // The model may have been set to give others since.
    var vectors = Dictionary(known.filter { $0.1.count == dimensions }) { first, _ in first }
    var missing: [[UInt8]: String] = [:]
    for (hash, text) in zip(hashes, texts) where vectors[hash] == nil { missing[hash] = text }
    let (keys, values) = (Array(missing.keys), Array(missing.values))
    for start in stride(from: 0, to: keys.count, by: Self.lot) {
      let lot = start..<min(keys.count, start + Self.lot)
      let made = try await embedder.embed(Array(values[lot]), for: .passage)
      for (hash, vector) in zip(keys[lot], made) { vectors[hash] = vector }
      try await pool.withConnection { connection in
        _ = try connection.execute(
          """
          insert into knowledge.embedded (model, hash, vector)
          -- In one order, so that two who keep the same wait for each other and never both.
          select $1, * from unnest($2::bytea[], $3::bytea[]) order by 2
          on conflict (model, hash) do update set vector = excluded.vector
          """,
          [.text(name), .byteStrings(Array(keys[lot])), .byteStrings(made.map(VectorBytes.bytes))])
      }
    }
    return hashes.compactMap { vectors[$0] }
  }
}

/// Vectors as they are kept and as Postgres reads them.
enum VectorBytes {
  static func bytes(_ vector: [Float]) -> [UInt8] {
    vector.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
  }

  static func floats(_ bytes: [UInt8]) -> [Float] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
      }
    }
  }

  static func text(_ vector: [Float]) -> String { "[" + vector.map { "\($0)" }.joined(separator: ",") + "]" }
}
