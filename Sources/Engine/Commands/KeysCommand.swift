import ArgumentParser
import Foundation
import Keyring
import Postgres

struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Back up the keyring, restore it, change the master key.",
    subcommands: [Backup.self, Restore.self, Rotate.self])

  struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the wrapped keys to a file; the engine may run.",
      discussion: "Keep it apart from the log, the archive and the master key, and let it expire.")

    @Argument(help: "The file to write; it must not be there.") var file: String

    func run() async throws {
      try await Foundations.with(connections: 2) { foundations in
        let master = try foundations.configuration.loadMasterKey()
        let handle = try FileHandle(creating: file)
        let count = try await KeyringBackup(foundations.pool, master: master).write {
          try handle.write(contentsOf: $0)
        }
        try handle.synchronize()
        print("\(count) lines of keys are in \(file)")
      }
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put keys of a backup in that are missing; those of erased contacts stay away.")

    @Argument(help: "The file that keys backup wrote.") var file: String

    func run() async throws {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped)
      try await Foundations.with(connections: 4) { foundations in
        let master = try foundations.configuration.loadMasterKey()
        let count = try await KeyringBackup(foundations.pool, master: master).restore(bytes)
        let erased = try await foundations.eraseAgain()
        print("\(count) keys were put in; \(erased) contacts were erased again")
      }
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Wrap all keys under a new master key; stop the engine first.",
      discussion: """
        The new key is made where there is none, beside the old one, and takes its place. The old one is kept under \
        another name until you remove it: backups of the keyring that were made before need it. A run that was killed \
        is finished by the next.
        """)

    @Option(help: "The file with the new key; FILE.new of AIGENTABLE_MASTER_KEY_FILE by default.")
    var newKeyFile: String?

    func run() async throws {
      let configuration = try Configuration()
      guard configuration.masterKey == nil || newKeyFile != nil else {
        throw ConfigurationError(
          "AIGENTABLE_MASTER_KEY holds the key itself; give --new-key-file, and set that key afterwards")
      }
      let current = configuration.masterKeyFile
      let file = newKeyFile.map { URL(fileURLWithPath: $0) } ?? current.appendingPathExtension("new")
      let (old, new) = (try configuration.loadMasterKey(), try MasterKey.load(file: file))
      let url = try configuration.databaseURL
      let pool = PostgresPool(url: url, connections: 1, name: "aigentable-keys")
      defer { pool.shutdown() }
      let count = try await pool.withConnection { connection in
        // A run before this one may have come as far as this.
        if try Keyring(master: new).fits(connection), try !Keyring(master: old).fits(connection) { return 0 }
        try Keyring(master: old).checkMaster(on: connection)
        return try MasterKeyRotation(from: old, to: new).run(on: connection)
      }
      guard configuration.masterKey == nil, newKeyFile == nil else {
        return print("\(count) keys are wrapped under the key in \(file.path); use it from now on")
      }
      let kept = current.appendingPathExtension("before-\(Int(Date().timeIntervalSince1970 * 1_000))")
      // At no time is there no key in its place: one would be made.
      try FileManager.default.linkItem(at: current, to: kept)
      guard rename(file.path, current.path) == 0 else {
        throw ConfigurationError("\(file.path) cannot be moved: \(String(cString: strerror(errno)))")
      }
      print("\(count) keys are wrapped under the new key in \(current.path); the old one is \(kept.path)")
    }
  }
}

extension FileHandle {
  /// A new file for secrets.
  fileprivate convenience init(creating path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw ConfigurationError("\(path): \(String(cString: strerror(errno)))") }
    self.init(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
