import FoundationEssentials
import HTTPClient
import JSON
import Logging
import ServiceLifecycle

/// Posts what Meta tells of each message, and what customers write, to the engine's webhook.
///
/// Messages wait in a queue of at most `queueCapacity`; one more goes without statuses. The statuses of one message
/// are posted in order, those of different messages side by side.
struct WebhookPoster: Service {
  static let concurrency = 32
  static let queueCapacity = 100_000
  /// Meta goes on for days; what is not taken for this many seconds is given up here.
  static let maximumAttempts = 30
  static let pause = Duration.seconds(1)

  private let state: StandInState
  private let client: HTTPClient
  private let logger: Logger
  private let queue: AsyncStream<SentMessage>
  private let input: AsyncStream<SentMessage>.Continuation

  init(state: StandInState, client: HTTPClient, logger: Logger) {
    self.state = state
    self.client = client
    self.logger = logger
    (queue, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueCapacity))
  }

  /// Has the statuses of a message posted, if an engine is named for its account.
  func enqueue(_ message: SentMessage) {
    guard state.target(account: message.account) != nil else { return }
    if case .dropped = input.yield(message) {
      logger.warning(
        "no statuses for a message, the queue is full",
        metadata: ["number": "\(message.number)"]
      )
    }
  }

  func run() async throws {
    await withGracefulShutdownHandler {
      await withTaskGroup(of: Void.self) { group in
        var running = 0
        for await message in queue.cancelOnGracefulShutdown() {
          if running == Self.concurrency {
            await group.next()
            running -= 1
          }
          group.addTask { await postStatuses(of: message) }
          running += 1
        }
        // What is under way belongs to nobody any more.
        group.cancelAll()
      }
    } onGracefulShutdown: {
      input.finish()
    }
  }

  private func postStatuses(of message: SentMessage) async {
    guard let target = state.target(account: message.account) else { return }
    switch message.platform {
    case "whatsapp":
      for step in DeliveryStep.allCases {
        let seconds = Int(Date().timeIntervalSince1970)
        guard await postUntilTaken(WebhookBody(status: step, of: message, at: seconds), to: target) else {
          return
        }
      }
    case "messenger", "instagram":
      for body in MessengerWebhook.all(of: message, at: Date()) {
        guard await postUntilTaken(body, to: target) else { return }
      }
    default: break
    }
  }

  /// Returns false when it was refused, given up or cancelled.
  private func postUntilTaken(_ body: some Encodable & Sendable, to target: WebhookTarget) async -> Bool {
    for attempt in 1...Self.maximumAttempts {
      switch await post(body, to: target) {
      case .success(200..<300): return true
      case .success(let status) where status < 500 && status != 429:
        logger.warning("a webhook was refused", metadata: ["status": "\(status)"])
        return false
      case .success, .failure: break
      }
      guard attempt < Self.maximumAttempts, (try? await Task.sleep(for: Self.pause)) != nil else { break }
    }
    return false
  }

  /// Posts once; the answer's status.
  func post(_ body: some Encodable & Sendable, to target: WebhookTarget) async -> Result<Int, any Error> {
    do {
      let bytes = try JSON.encode(body)
      let request = HTTPRequest(
        method: "POST",
        url: target.url,
        headers: [
          ("Content-Type", "application/json"),
          ("X-Hub-Signature-256", WebhookBody.signature(of: bytes, secret: target.secret)),
        ],
        body: bytes,
        timeout: .seconds(10)
      )
      return .success(try await client.send(request).status)
    } catch {
      return .failure(error)
    }
  }
}
