import Foundation

/// A Chroma server, with nothing in it, on a loopback port for as long as this lives.
package final class ChromaServer {
  package let port: Int
  private let process: ServerProcess
  private let folder: URL

  package var url: String { "http://127.0.0.1:\(port)" }

  /// - Parameter port: nil: a free one.
  package init(port: Int? = nil) throws {
    self.port = try port ?? SocketServer.unusedPort()
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("chroma-\(UUID())")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("chroma.py").path
    process = try ServerProcess(
      ["python3", script, "\(self.port)", folder.path], ready: "server listening")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
