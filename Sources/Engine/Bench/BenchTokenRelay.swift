import Foundation
import HTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Stands before a model server, passes everything on as it comes, and notes when an answer's first token does.
final class BenchTokenRelay: Sendable {
  struct Times: Sendable {
    let asked: ContinuousClock.Instant
    let firstToken: ContinuousClock.Instant
  }

  private struct State {
    var asked: ContinuousClock.Instant?
    var times: Times?
    var running = 0
  }

  private let target: String
  private let grammar: String?
  private let client: HTTPClient
  private let state = Mutex(State())

  /// - Parameter grammar: what the server is asked to keep to, in llama.cpp's notation; others take no notice of it.
  init(target: String, grammar: String?, client: HTTPClient) {
    self.grammar = grammar
    self.target = target.hasSuffix("/") ? String(target.dropLast()) : target
    self.client = client
  }

  /// Forgets what was noted, for the next question.
  func expect() {
    state.withLock {
      $0.asked = nil
      $0.times = nil
    }
  }

  var times: Times? { state.withLock { $0.times } }

  /// Waits until nothing is passed on any more.
  func ended() async throws {
    while state.withLock({ $0.running }) > 0 { try await Task.sleep(for: .milliseconds(5)) }
  }

  /// Serves until the task is cancelled.
  func run(_ onRunning: @escaping @Sendable (_ port: Int) async -> Void) async throws {
    let router = Router()
    router.post("/v1/chat/completions") { [self] request, _ in
      let body = try await request.body.collect(upTo: 4 << 20)
      return try relay(Array(body.readableBytesView))
    }
    var logger = Logger(label: "bench-relay")
    logger.logLevel = .error
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 64),
      onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
    try await application.run()
  }

  private func relay(_ body: [UInt8]) throws -> Response {
    let request = try BenchFirstToken.forwarded(body, grammar: grammar, to: target)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream"],
      body: ResponseBody { [self] writer in
        state.withLock {
          $0.running += 1
          $0.asked = .now
        }
        defer { state.withLock { $0.running -= 1 } }
        try await client.stream(request) { _, chunks in
          for try await chunk in chunks {
            note(chunk)
            try await writer.write(ByteBuffer(bytes: chunk))
          }
        }
        try await writer.finish(nil)
      })
  }

  /// The first piece of text of an answer: a `content` that is not empty.
  private func note(_ chunk: [UInt8]) {
    let text = String(decoding: chunk, as: UTF8.self)
    let hasToken = text.ranges(of: #""content":""#).contains { text[$0.upperBound...].first != "\"" }
    guard hasToken else { return }
    state.withLock { state in
      guard state.times == nil, let asked = state.asked else { return }
      state.times = Times(asked: asked, firstToken: .now)
    }
  }
}
