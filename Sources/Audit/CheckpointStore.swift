import HTTPClient
import JSON

/// Checkpoints at an HTTP address: the files of `CheckpointFolder`, put with `If-None-Match: *` (RFC 9110, section
/// 13.1.2), so that a server that honours it replaces none. WebDAV and S3-compatible stores with a presigning proxy do.
package struct CheckpointStore: CheckpointPlace {
  package let name: String
  private let client: HTTPClient
  /// The value of `Authorization`, for instance `Bearer …`.
  private let authorization: String?

  /// - Parameter url: of the folder, without the names of files.
  package init(url: String, authorization: String?, client: HTTPClient) {
    name = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.authorization = authorization
    self.client = client
  }

  /// From the last one that is there on: those before were put before it.
  package func add(
    _ checkpoints: [(number: Int64, checkpoint: SignedCheckpoint)], key: SigningKey.Public
  ) async throws {
    try await put(CheckpointFolder.keyName, Array(key.pem.utf8))
    var missing: [(name: String, bytes: [UInt8])] = []
    for (number, checkpoint) in checkpoints.sorted(by: { $0.number > $1.number }) {
      let file = CheckpointFolder.name(number)
      if try await get(file) != nil { break }
      missing.append((file, try JSON.encode(checkpoint) + [0x0A]))
    }
    for (file, bytes) in missing.reversed() { try await put(file, bytes) }
  }

  package func key() async throws -> SigningKey.Public? {
    try await get(CheckpointFolder.keyName).map {
      try SigningKey.Public(pem: String(decoding: $0, as: UTF8.self))
    }
  }

  /// Numbers are without gaps, so the first that is missing ends them.
  package func read() async throws -> (
    entries: [(number: Int64, checkpoint: SignedCheckpoint)], differences: [Difference]
  ) {
    var entries: [(number: Int64, checkpoint: SignedCheckpoint)] = []
    var differences: [Difference] = []
    var number: Int64 = 1
    while let bytes = try await get(CheckpointFolder.name(number)) {
      do { entries.append((number, try JSON.decode(SignedCheckpoint.self, from: bytes))) } catch {
        differences.append(
          Difference(.checkpoint, "\(name)/\(CheckpointFolder.name(number)) is not the file of a checkpoint"))
      }
      number += 1
    }
    return (entries, differences)
  }

  private var headers: [(String, String)] { authorization.map { [("Authorization", $0)] } ?? [] }

  private func put(_ file: String, _ bytes: [UInt8]) async throws {
    let response = try await client.send(
      HTTPRequest(
        method: "PUT", url: "\(name)/\(file)",
        headers: headers + [("If-None-Match", "*"), ("Content-Type", "application/octet-stream")], body: bytes
      ))
    // 412: it is there.
    guard (200..<300).contains(response.status) || response.status == 412 else {
      throw AuditError(.file, "\(name)/\(file) was answered with status \(response.status)")
    }
  }

  private func get(_ file: String) async throws -> [UInt8]? {
    let response = try await client.send(HTTPRequest(url: "\(name)/\(file)", headers: headers))
    switch response.status {
    case 200: return response.body
    case 404, 410: return nil
    default: throw AuditError(.file, "\(name)/\(file) was answered with status \(response.status)")
    }
  }
}
