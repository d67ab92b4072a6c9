import Foundation

/// A Python program that drives Chromium (`browser.py`). It prints a line when the test has something to do, and goes on
/// when that is done.
package final class BrowserProgram: Sendable {
  private let lines: AsyncStream<String>
  private let input = Pipe()

  /// - Parameter test: the file that the program lies beside.
  package init(_ program: String, _ arguments: [String], beside test: String) throws {
    let script = URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent(program)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script.path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONPATH": URL(fileURLWithPath: #filePath).deletingLastPathComponent().path]
    ) { theirs, ours in "\(ours):\(theirs)" }
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    let (lines, continuation) = AsyncStream<String>.makeStream()
    self.lines = lines
    try process.run()
    let reading = Thread {
      var rest = ""
      while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
        rest += String(decoding: data, as: UTF8.self)
        while let end = rest.firstIndex(of: "\n") {
          continuation.yield(String(rest[..<end]))
          rest = String(rest[rest.index(after: end)...])
        }
      }
      process.waitUntilExit()
      continuation.finish()
    }
    reading.start()
  }

  /// Does what the program asks for, until it says that it has finished.
  package func run(_ step: (String) async throws -> Void) async throws {
    var isFinished = false
    for await line in lines {
      if line == "finished" {
        isFinished = true
      } else {
        try await step(line)
        try input.fileHandleForWriting.write(contentsOf: Data("done\n".utf8))
      }
    }
    guard isFinished else {
      throw TestSetupError(
        "the browser did not finish: chromium, chromium-driver (Debian), selenium and axe-playwright-python (PyPI) "
          + "are needed")
    }
  }
}
