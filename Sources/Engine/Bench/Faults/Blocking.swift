import Foundation

/// What blocks, on a thread of its own, so that no task waits for a thread meanwhile.
enum Blocking {
  static func run<R: Sendable>(
    stack: Int = 1 << 20, _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await withCheckedThrowingContinuation { done in
      let thread = Thread { done.resume(with: Result { try body() }) }
      thread.stackSize = stack
      thread.start()
    }
  }

  /// Runs a script with bash and returns what it printed; what it says besides is part of the error when it fails.
  ///
  /// Not `Process`, which sees an end only when every descendant is gone, and servers stay.
  static func shell(_ script: String, _ arguments: [String] = []) async throws -> String {
    try await run {
      let words = (["set -euo pipefail\n\(script)", "bash"] + arguments).map {
        "'" + $0.replacingOccurrences(of: "'", with: #"'\''"#) + "'"
      }
      guard let pipe = popen("exec bash -c \(words.joined(separator: " ")) 2>&1 </dev/null", "r") else {
        throw BenchError("bash cannot be started: errno \(errno)")
      }
      var printed: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while true {
        let count = fread(&buffer, 1, buffer.count, pipe)
        guard count > 0 else { break }
        printed += buffer[..<count]
      }
      let status = pclose(pipe)
      let text = String(decoding: printed, as: UTF8.self)
      guard status == 0 else { throw BenchError("\(text.suffix(2_000)) (status \(status))") }
      return text
    }
  }
}
