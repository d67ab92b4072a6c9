import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Simulation
import Synchronization

/// A chat model over HTTP that takes 0.2 to 2 seconds and says which question it answers.
final class BenchKillModel: Sendable {
  private let numbers: Mutex<SeededNumbers>

  init(seed: UInt64) { numbers = Mutex(SeededNumbers(seed: seed)) }

  /// Serves until the task is cancelled.
  func run(_ onRunning: @escaping @Sendable (_ port: Int) async -> Void) async throws {
    let router = Router()
    router.post("/v1/chat/completions") { [self] request, _ in
      let body = try await request.body.collect(upTo: 4 << 20)
      let delay = numbers.withLock { Int.random(in: 200...2_000, using: &$0) }
      try await Task.sleep(for: .milliseconds(delay))
      return try answer(Array(body.readableBytesView))
    }
    var logger = Logger(label: "bench-model")
    logger.logLevel = .error
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 1_024),
      onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
    try await application.run()
  }

  /// A stream of two chunks (OpenAI API reference, "Chat completion chunk object").
  private func answer(_ body: [UInt8]) throws -> Response {
    let asked = try JSONValue(parsing: body)["messages"]?.array?.last { $0["role"]?.string == "user" }
    // Before the question may stand what was found for it.
    let question = asked?["content"]?.string.flatMap { $0.split(separator: "\n\n").last.map(String.init) }
    let text = "answer to \(question ?? "nothing")"
    let chunk = ChatChunk(
      choices: [.init(delta: .init(content: text), finish_reason: "stop")],
      usage: .init(prompt_tokens: 10, completion_tokens: 5))
    let stream = "data: \(String(decoding: try JSON.encode(chunk), as: UTF8.self))\n\ndata: [DONE]\n\n"
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: stream)))
  }
}

private struct ChatChunk: Encodable {
  struct Delta: Encodable { let content: String }
  struct Choice: Encodable {
    let index = 0
    let delta: Delta
    let finish_reason: String
  }
  struct Usage: Encodable { let prompt_tokens, completion_tokens: Int }

  let id = "bench"
  let object = "chat.completion.chunk"
  let model = "bench"
  let choices: [Choice]
  let usage: Usage
}
