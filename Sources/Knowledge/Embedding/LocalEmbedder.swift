import Foundation
import HTTPClient
import Logging
import Postgres
import Synchronization

/// The embedding model that comes along, as a child process that speaks OpenAI's API on a port of 127.0.0.1.
///
/// It is started anew when it ends, and ends when this process does: its standard input closes.
package final class LocalEmbedder: Embedder {
  /// Made for English: texts in other languages are not embedded (MiniLM's authors, model card).
  package static let model = EmbeddingModel(name: "all-MiniLM-L6-v2", dimensions: 384, languages: ["english"])

  private struct State {
    var server: OpenAIEmbedder?
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let python: String
  private let script: String
  private let client: HTTPClient
  private let logger: Logger
  private let state = Mutex(State())

  package init(python: String, home: Home, client: HTTPClient, logger: Logger) {
    self.python = python
    script = home.folder("ops/embedder/serve.py").path
    self.client = client
    self.logger = logger
  }

  package var model: EmbeddingModel { Self.model }

  package func embed(
    _ texts: [String], for purpose: EmbeddingPurpose
  ) async throws(EmbeddingError) -> [[Float]] {
    // Documents wait until it runs; a customer does not.
    if purpose == .passage { await started() }
    guard let server = state.withLock({ $0.server }) else {
      throw EmbeddingError("the local embedding server does not run", isRetriable: true)
    }
    return try await server.embed(texts, for: purpose)
  }

  /// Keeps the server running until the task is cancelled.
  package func run() async throws {
    while !Task.isCancelled {
      do { try await serve() } catch let error where !Task.isCancelled {
        logger.warning("the local embedding server ended", metadata: ["why": "\(error)"])
      } catch {}
      state.withLock { $0.server = nil }
      try await Task.sleep(for: .seconds(2))
    }
    throw CancellationError()
  }

  private func started() async {
    await withCheckedContinuation { continuation in
      let runs = state.withLock { state in
        if state.server == nil { state.waiting.append(continuation) }
        return state.server != nil
      }
      if runs { continuation.resume() }
    }
  }

  /// All that it ever says: its port. Empty when it ends before.
  private static func firstLine(_ output: FileHandle) async -> String {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
          let more = output.availableData
          if more.isEmpty { break }
          line += more
        }
        continuation.resume(returning: String(decoding: line.prefix { $0 > 0x20 }, as: UTF8.self))
      }
    }
  }

  private func serve() async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script]
    // No secret of this process is its concern.
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    let ended = AsyncStream<Int32>.makeStream()
    process.terminationHandler = { process in
      ended.continuation.yield(process.terminationStatus)
      ended.continuation.finish()
    }
    try process.run()
    defer { try? input.fileHandleForWriting.close() }
    guard let port = Int(await Self.firstLine(output.fileHandleForReading)) else {
      for await status in ended.stream {
        throw EmbeddingError("it ended with status \(status)", isRetriable: true)
      }
      throw CancellationError()
    }
    let waiting = state.withLock { state in
      state.server = OpenAIEmbedder(
        url: "http://127.0.0.1:\(port)", key: nil, model: Self.model, client: client)
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.resume() }
    for await status in ended.stream {
      throw EmbeddingError("it ended with status \(status)", isRetriable: true)
    }
    process.terminate()
    throw CancellationError()
  }
}
