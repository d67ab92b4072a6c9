import Contracts
import Crypto
import Foundation

/// The key that wraps all others (AES Key Wrap, RFC 3394). 32 bytes, from a file or the environment.
package struct MasterKey: Sendable {
  let key: SymmetricKey

  package init(_ key: SymmetricKey) { self.key = key }

  /// The file holds the key as 64 hexadecimal digits. When there is none, one is made with mode 0600.
  package static func load(file: URL) throws -> MasterKey {
    let path = file.path
    if !FileManager.default.fileExists(atPath: path) {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      let made = SymmetricKey(size: .bits256).withUnsafeBytes { hexadecimal($0) } + "\n"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
      if descriptor >= 0 {
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(made.utf8))
        try handle.synchronize()
      } else if errno != EEXIST {
        throw KeyringError.masterKey("\(path) cannot be made: \(String(cString: strerror(errno)))")
      }
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    if let mode = attributes[.posixPermissions] as? Int, mode & 0o077 != 0 {
      throw KeyringError.masterKey("\(path) may be read by others; set its mode to 0600")
    }
    return try MasterKey(hexadecimal: String(contentsOf: file, encoding: .utf8), from: path)
  }

  /// - Parameter source: what to name in the error, since the value itself must not appear.
  package init(hexadecimal text: String, from source: String) throws {
    let digits = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard let bytes = digits.hexadecimalBytes else {
      throw KeyringError.masterKey("\(source) does not hold hexadecimal digits, two a byte")
    }
    guard bytes.count == 32 else {
      throw KeyringError.masterKey("\(source) holds \(digits.utf8.count) digits instead of 64")
    }
    key = SymmetricKey(data: bytes)
  }

  package func wrap(_ other: SymmetricKey) throws -> [UInt8] {
    try Array(AES.KeyWrap.wrap(other, using: key))
  }

  package func unwrap(_ wrapped: [UInt8]) throws(KeyringError) -> SymmetricKey {
    do { return try AES.KeyWrap.unwrap(wrapped, using: key) } catch { throw .wrongMasterKey }
  }
}

package enum KeyringError: Error, Equatable, CustomStringConvertible {
  case masterKey(String)
  /// The master key is not the one that wrapped the keys of this database.
  case wrongMasterKey
  /// Other processes use the keys.
  case inUse(connections: Int)
  /// What is wrong with a backup.
  case backup(String)

  package var description: String {
    switch self {
    case .inUse(let connections):
      "the engine is running: \(connections) connections of it are open; stop every process of it first"
    case .backup(let problem): "backup of the keyring: \(problem)"
    case .masterKey(let problem): "master key: \(problem)"
    case .wrongMasterKey: "the master key is not the one that wrapped the keys of this database"
    }
  }
}
