/// Where whole files are kept outside of the database.
///
/// - Durability: `put` returns once the object survives a crash of this machine.
/// - A name is put once, or again with the same bytes; readers see all of an object or nothing.
package protocol ObjectStore: Sendable {
  /// - Parameter name: parts of letters, digits and `-._=`, separated by `/`.
  func put(_ bytes: [UInt8], at name: String) async throws
  /// nil when there is none.
  func get(_ name: String) async throws -> [UInt8]?
  /// The names that begin with `prefix`, in order.
  func list(_ prefix: String) async throws -> [String]
  func remove(_ name: String) async throws
}

package struct ObjectStoreError: Error, CustomStringConvertible {
  package let message: String
  package init(_ message: String) { self.message = message }
  package var description: String { "object store: \(message)" }
}

/// Whether a name is one that every store takes.
func checkName(_ name: String) throws(ObjectStoreError) {
  let parts = name.split(separator: "/", omittingEmptySubsequences: false)
  let isSound = parts.allSatisfy { part in
    !part.isEmpty && part != "." && part != ".."
      && part.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || "-._=".utf8.contains(byte)
      }
  }
  guard isSound, name.utf8.count <= 512 else { throw ObjectStoreError("'\(name)' is no name of an object") }
}
