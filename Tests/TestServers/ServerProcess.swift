import Foundation

/// A server of somebody else's, run as a process on a loopback port for as long as this lives.
package final class ServerProcess {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private let process = Process()
  /// What it printed until it was ready.
  package private(set) var printed = ""

  /// Starts `command`, found on the path, and waits until it prints a line that holds `ready`.
  ///
  /// Throws with what it printed when it ends before, as it does when the server is not installed.
  package init(_ command: [String], environment: [String: String] = [:], ready: String) throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = output
    try process.run()
    while !printed.contains(ready) {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else {
        throw Failure(
          description: "\(command.joined(separator: " ")) ended before it was ready: \(printed.suffix(2_000))"
        )
      }
      printed += String(decoding: data, as: UTF8.self)
    }
    // What it prints from now on is dropped, so that a full pipe never blocks it.
    output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
  }

  deinit {
    // Not the polite signal: llama.cpp's server does not end on it, and there is nothing to keep.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
