import Foundation
import JSON

/// Checkpoints outside the database: `checkpoint-<ten digits>.json` each, and `key.pem`, the public key that they
/// are verified with. Files are only ever added.
package struct CheckpointFolder: CheckpointPlace {
  static let keyName = "key.pem"
  private let url: URL

  package init(_ url: URL) { self.url = url }

  package var name: String { url.path }
  private var path: String { url.path }

  /// Adds what is not there yet. What is there stays as it is, even where it differs.
  package func add(_ checkpoints: [(number: Int64, checkpoint: SignedCheckpoint)], key: SigningKey.Public)
    throws
  {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      try add(Self.keyName, Array(key.pem.utf8))
      for (number, checkpoint) in checkpoints { try add(Self.name(number), JSON.encode(checkpoint) + [0x0A]) }
    } catch let error as CocoaError { throw AuditError(.file, "\(path): \(error.localizedDescription)") }
  }

  private func add(_ name: String, _ bytes: [UInt8]) throws {
    let file = url.appendingPathComponent(name)
    guard !FileManager.default.fileExists(atPath: file.path) else { return }
    // A half-written file would look like a forged one.
    try Data(bytes).write(to: file, options: .atomic)
  }

  /// The public key; nil when there is no such file.
  package func key() throws -> SigningKey.Public? {
    guard let text = try? String(contentsOf: url.appendingPathComponent(Self.keyName), encoding: .utf8) else {
      return nil
    }
    return try SigningKey.Public(pem: text)
  }

  /// The checkpoints by the numbers in their names, and what files do not hold one.
  package func read() throws -> (
    entries: [(number: Int64, checkpoint: SignedCheckpoint)], differences: [Difference]
  ) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw AuditError(.file, "\(path) is no folder that can be read")
    }
    var entries: [(number: Int64, checkpoint: SignedCheckpoint)] = []
    var differences: [Difference] = []
    for name in names.sorted() {
      guard let number = Self.number(name) else { continue }
      do {
        let data = try Data(contentsOf: url.appendingPathComponent(name))
        entries.append((number, try JSON.decode(SignedCheckpoint.self, from: Array(data))))
      } catch { differences.append(Difference(.checkpoint, "\(name) is not the file of a checkpoint")) }
    }
    return (entries, differences)
  }

  static func name(_ number: Int64) -> String {
    let digits = String(number)
    return "checkpoint-\(String(repeating: "0", count: max(0, 10 - digits.count)))\(digits).json"
  }

  private static func number(_ name: String) -> Int64? {
    guard name.hasPrefix("checkpoint-"), name.hasSuffix(".json"),
      let number = Int64(name.dropFirst("checkpoint-".count).dropLast(".json".count)),
      self.name(number) == name
    else { return nil }
    return number
  }
}
