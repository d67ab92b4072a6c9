import Contracts
import Crypto
import Foundation
import Testing

/// Our JWEs and those of joserfc, a Python package, each opened by the other.
@Suite struct JWEPeerTests {
  private struct Task: Codable {
    var kid: String
    var key: String
    var plaintext: String?
    var jwe: String?
  }

  /// joserfc opens at most 65,536 characters of ciphertext.
  private static let plaintexts = [
    [], [0], Array(#"{"text":"Größe 42 👟"}"#.utf8), [UInt8](repeating: 7, count: 45_000),
  ]

  @Test func whatWeSealAnotherImplementationOpens() throws {
    let key = SealingKey(id: KeyID(UUID.version7()), key: SymmetricKey(size: .bits256))
    let tasks = try Self.plaintexts.map {
      let sealed = String(decoding: try JWE.seal($0, with: key), as: UTF8.self)
      return Task(kid: key.id.description, key: hex(key), jwe: sealed)
    }
    #expect(try run("open", tasks) == Self.plaintexts.map(Hex.text))
  }

  @Test func whatAnotherImplementationSealsWeOpen() throws {
    let key = SealingKey(id: KeyID(UUID.version7()), key: SymmetricKey(size: .bits256))
    let tasks = Self.plaintexts.map { Task(kid: key.id.description, key: hex(key), plaintext: Hex.text($0)) }
    let sealed = try run("seal", tasks)
    #expect(try sealed.map { try JWE.open($0, with: key) } == Self.plaintexts)
    #expect(try sealed.allSatisfy { try JWE.keyID(of: $0) == key.id })
  }

  @Test func theGoldenEventsAreOpenedByAnotherImplementation() throws {
    let golden = try GoldenEvent.all.filter { $0.opened != nil }
    let tasks = try golden.map { golden in
      let key = try golden.sealingKey()
      return Task(kid: key.id.description, key: hex(key), jwe: golden.tree["value"]?["private"]?.string)
    }
    let opened = try run("open", tasks).map { try Tree(parsing: Data(#require(Hex.bytes($0)))) }
    #expect(opened == golden.compactMap(\.opened))
  }

  private func run(_ act: String, _ tasks: [Task]) throws -> [String] {
    let outcome = try Python.run("jose.py", [act], input: JSONEncoder().encode(tasks))
    try #require(outcome.status == 0, "\(outcome.complaint)")
    return try JSONDecoder().decode([String].self, from: outcome.output)
  }

  private func hex(_ key: SealingKey) -> String { key.key.withUnsafeBytes { Hex.text($0) } }
}
