import Contracts
import Foundation
import Mail
import TestServers

/// A mail server of somebody else's on a loopback port, with a folder of its own.
final class EmailServer {
  let folder: URL
  private let process: ServerProcess

  /// - Parameter script: in `EmailServers`.
  init(_ script: String, ready: String) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "aigentable-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "EmailServers/\(script)")
    let python = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_PYTHON"] ?? "python3"
    process = try ServerProcess([python, script.path, folder.path], ready: ready)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  static func smtp() throws -> EmailServer { try EmailServer("smtp.py", ready: "ready") }

  static func imap() throws -> EmailServer { try EmailServer("imap.py", ready: "starting up") }

  var port: String {
    get throws { try String(contentsOf: folder.appending(path: "port"), encoding: .utf8) }
  }

  /// Trusts the server's certificate alone.
  var client: MailClient { MailClient(certificateAuthorities: folder.appending(path: "cert.pem").path) }

  /// The n-th message that was taken.
  func message(_ number: Int) -> [UInt8]? {
    FileManager.default.contents(atPath: folder.appending(path: "\(number).eml").path).map { Array($0) }
  }

  /// Puts a message into the mailbox as a delivery agent does.
  func deliver(_ message: String) throws {
    let mailbox = folder.appending(path: "home/Maildir")
    let name = "\(Int(Date.now.timeIntervalSince1970)).\(UUID().uuidString).test"
    let written = mailbox.appending(path: "tmp/\(name)")
    try Data(message.utf8).write(to: written)
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: written.path)
    try FileManager.default.moveItem(at: written, to: mailbox.appending(path: "new/\(name)"))
  }
}
