import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Simulation
import Synchronization

/// A chat model over HTTP that takes 0.5 to 2 seconds, streams what it says, and remembers how long it took of each
/// message.
final class BenchUsersModel: Sendable {
  /// What a visitor's message with this number took of the model itself.
  struct Times: Sendable {
    let firstToken: Duration
    let whole: Duration
  }

  /// Into how many pieces an answer is cut.
  private static let pieces = 8

  private let numbers: Mutex<SeededNumbers>
  private let times = Mutex<[BenchUserMessage: Times]>([:])

  init(seed: UInt64) { numbers = Mutex(SeededNumbers(seed: seed)) }

  /// Of a message that the model was asked about last.
  func take(_ message: BenchUserMessage) -> Times? { times.withLock { $0.removeValue(forKey: message) } }

  /// Serves until the task is cancelled.
  func run(_ onRunning: @escaping @Sendable (_ port: Int) async -> Void) async throws {
    let router = Router()
    router.post("/v1/chat/completions") { [self] request, _ in
      let asked = ContinuousClock.now
      let body = try await request.body.collect(upTo: 4 << 20)
      return try answer(Array(body.readableBytesView), since: asked)
    }
    var logger = Logger(label: "bench-model")
    logger.logLevel = .error
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 4_096),
      onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
    try await application.run()
  }

  /// A stream of chunks (OpenAI API reference, "Chat completion chunk object").
  private func answer(_ body: [UInt8], since asked: ContinuousClock.Instant) throws -> Response {
    let last = try JSONValue(parsing: body)["messages"]?.array?.last { $0["role"]?.string == "user" }
    let message = last?["content"]?.string.flatMap(BenchUserMessage.init(in:))
    let takes = Duration.milliseconds(numbers.withLock { Int.random(in: 500...2_000, using: &$0) })
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream"],
      body: ResponseBody { [self] writer in
        var firstToken: Duration?
        for piece in 1...Self.pieces {
          try await Task.sleep(until: asked + takes * piece / Self.pieces)
          firstToken = firstToken ?? (.now - asked)
          let isLast = piece == Self.pieces
          let chunk = BenchChunk(
            choices: [.init(delta: .init(content: "Piece \(piece). "), finish_reason: isLast ? "stop" : nil)],
            usage: isLast ? .init() : nil)
          var text = "data: \(String(decoding: try JSON.encode(chunk), as: UTF8.self))\n\n"
          if isLast {
            text += "data: [DONE]\n\n"
            let whole = ContinuousClock.now - asked
            if let message {
              times.withLock { $0[message] = Times(firstToken: firstToken ?? whole, whole: whole) }
            }
          }
          try await writer.write(ByteBuffer(string: text))
        }
        try await writer.finish(nil)
      })
  }
}

/// A visitor's message by its numbers, which stand in its text.
struct BenchUserMessage: Hashable, Sendable {
  let user: Int
  let number: Int

  init(user: Int, number: Int) {
    self.user = user
    self.number = number
  }

  var text: String { "What is your return policy, asks visitor \(user)/\(number)/?" }

  /// The last one that a prompt holds.
  init?(in prompt: String) {
    guard let mark = prompt.ranges(of: "visitor ").last else { return nil }
    let parts = prompt[mark.upperBound...].split(separator: "/", maxSplits: 2)
    guard parts.count == 3, let user = Int(parts[0]), let number = Int(parts[1]) else { return nil }
    self.init(user: user, number: number)
  }
}

private struct BenchChunk: Encodable {
  struct Delta: Encodable { let content: String }
  struct Choice: Encodable {
    let index = 0
    let delta: Delta
    let finish_reason: String?
  }
  struct Usage: Encodable {
    let prompt_tokens = 100
    let completion_tokens = 20
  }

  let id = "bench"
  let object = "chat.completion.chunk"
  let model = "bench"
  let choices: [Choice]
  let usage: Usage?
}
