import Foundation

/// A mail server of somebody else's on a loopback port, with a folder of its own.
package final class EmailServer {
  package let folder: URL
  private let process: ServerProcess

  /// - Parameter script: in `EmailServers`.
  package init(_ script: String, ready: String) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "aigentable-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "EmailServers/\(script)")
    let python = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_PYTHON"] ?? "python3"
    process = try ServerProcess([python, script.path, folder.path], ready: ready)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  package static func smtp() throws -> EmailServer { try EmailServer("smtp.py", ready: "ready") }

  package static func imap() throws -> EmailServer { try EmailServer("imap.py", ready: "starting up") }

  package var port: String {
    get throws { try String(contentsOf: folder.appending(path: "port"), encoding: .utf8) }
  }

  /// The certificate that its clients must trust.
  package var certificate: URL { folder.appending(path: "cert.pem") }

  /// The n-th message that was taken.
  package func message(_ number: Int) -> [UInt8]? {
    FileManager.default.contents(atPath: folder.appending(path: "\(number).eml").path).map { Array($0) }
  }

  /// Puts a message into the mailbox as a delivery agent does.
  /// - Parameter time: when the server got it.
  package func deliver(_ message: String, at time: Date = .now) throws {
    try deliver(Array(message.utf8), at: time)
  }

  package func deliver(_ message: [UInt8], at time: Date = .now) throws {
    let mailbox = folder.appending(path: "home/Maildir")
    let name = "\(Int(time.timeIntervalSince1970)).\(UUID().uuidString).test"
    let written = mailbox.appending(path: "tmp/\(name)")
    try Data(message).write(to: written)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o666, .modificationDate: time], ofItemAtPath: written.path)
    try FileManager.default.moveItem(at: written, to: mailbox.appending(path: "new/\(name)"))
  }
}
