import Synchronization

/// Objects in memory, for tests.
package final class MemoryStore: ObjectStore {
  private let objects = Mutex<[String: [UInt8]]>([:])

  package init() {}

  package func put(_ bytes: [UInt8], at name: String) async throws {
    try checkName(name)
    objects.withLock { $0[name] = bytes }
  }

  package func get(_ name: String) async throws -> [UInt8]? { objects.withLock { $0[name] } }

  package func list(_ prefix: String) async throws -> [String] {
    objects.withLock { $0.keys.filter { $0.hasPrefix(prefix) }.sorted() }
  }

  package func remove(_ name: String) async throws {
    try checkName(name)
    _ = objects.withLock { $0.removeValue(forKey: name) }
  }
}
