import Foundation
import Synchronization

/// A process of the engine that is benchmarked; what it prints goes to a file.
final class BenchKillEngine: Sendable {
  private let process = Process()
  private let status: AsyncStream<Int32>
  let output: URL

  /// - Parameter settings: every setting of the engine; none of this process's own is passed on.
  init(_ binary: URL, _ arguments: [String], settings: [String: String], output: URL) throws {
    self.output = output
    if !FileManager.default.fileExists(atPath: output.path) {
      guard FileManager.default.createFile(atPath: output.path, contents: nil) else {
        throw ConfigurationError("\(output.path) cannot be made")
      }
    }
    let handle = try FileHandle(forWritingTo: output)
    try handle.seekToEnd()
    let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("AIGENTABLE_") }
    process.executableURL = binary
    process.arguments = arguments
    process.environment = inherited.merging(settings) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    let (status, ended) = AsyncStream.makeStream(of: Int32.self)
    self.status = status
    process.terminationHandler = { process in
      ended.yield(process.terminationStatus)
      ended.finish()
    }
    try process.run()
    try handle.close()
  }

  var isRunning: Bool { process.isRunning }
  var processIdentifier: Int32 { process.processIdentifier }

  /// Waits for its end; for one task, once.
  @discardableResult
  func ended() async -> Int32 {
    for await status in status { return status }
    return 0
  }

  /// Kills it as a crash does and waits until it is gone.
  func crash() async {
    kill(process.processIdentifier, SIGKILL)
    await ended()
  }

  /// Runs the binary to its end.
  static func run(_ binary: URL, _ arguments: [String], settings: [String: String], output: URL) async throws
  {
    let engine = try BenchKillEngine(binary, arguments, settings: settings, output: output)
    let status = await engine.ended()
    guard status == 0 else {
      throw ConfigurationError(
        "\(arguments.joined(separator: " ")) ended with status \(status), see \(output.path)")
    }
  }
}
