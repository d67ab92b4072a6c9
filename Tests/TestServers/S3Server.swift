import Foundation

/// An S3 service of somebody else's that checks signatures, in memory, with a bucket `archive`.
package final class S3Server {
  package let endpoint: String
  package let accessKey: String
  package let secretKey: String
  private let process: ServerProcess

  package init() throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "s3.py")
    let python = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_PYTHON"] ?? "python3"
    process = try ServerProcess([python, script.path], ready: " end\n")
    let words =
      process.printed.split(separator: "\n").first { $0.hasPrefix("ready ") }?.split(separator: " ") ?? []
    guard words.count == 5 else { throw ServerProcess.Failure(description: "it says \(process.printed)") }
    endpoint = "http://127.0.0.1:\(words[1])"
    (accessKey, secretKey) = (String(words[2]), String(words[3]))
  }
}
