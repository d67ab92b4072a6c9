import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// A mail server that takes messages and passes none on (RFC 5321): what a mail server of yours hands over to.
///
/// Every connection has one task, which reads a command only once the one before is answered, so that a client waits
/// and nothing queues. What a client may ask for is bounded by `SMTPLimits`.
package struct SMTPListener: Service {
  private let host: String
  private let port: Int
  private let name: String
  private let taker: any MailTaker
  private let limits: SMTPLimits
  private let tls: TLSContext?
  private let needsTLS: Bool
  private let logger: Logger
  private let onServing: @Sendable (Int) -> Void

  /// - Parameters:
  ///   - port: 0 takes a free one.
  ///   - name: what it calls itself.
  ///   - tls: what STARTTLS begins; nil where it is not offered.
  ///   - needsTLS: whether mail is taken after STARTTLS alone.
  ///   - onServing: told the port once connections are taken.
  package init(
    host: String, port: Int, name: String, taker: any MailTaker, limits: SMTPLimits = SMTPLimits(),
    tls: TLSContext? = nil, needsTLS: Bool = false, logger: Logger,
    onServing: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.host = host
    self.port = port
    self.name = name
    self.taker = taker
    self.limits = limits
    self.tls = tls
    self.needsTLS = needsTLS
    self.logger = logger
    self.onServing = onServing
  }

  package func run() async throws {
    let limits = limits
    let tls = tls
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(StartTLSHandler(tls)) }
          try pipeline.addHandler(IdleStateHandler(readTimeout: limits.silence))
          try pipeline.addHandler(ClosingHandler(lifetime: limits.lifetime))
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    onServing(server.channel.localAddress?.port ?? port)
    let budget = SMTPBudget(maximum: limits.bytesTogether)
    let count = OpenConnections(maximum: limits.connections)
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        do {
          try await server.executeThenClose { connections in
            for try await connection in connections {
              group.addTask { await serve(connection, budget, count) }
            }
          }
        } catch {
          if !Task.isCancelled { logger.error("the mail listener ended", metadata: ["error": "\(error)"]) }
        }
        group.cancelAll()
      }
    }
  }

  private func serve(
    _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ budget: SMTPBudget, _ count: OpenConnections
  ) async {
    let client = connection.channel.remoteAddress?.ipAddress ?? "unknown"
    let isRoom = count.enter()
    defer { count.leave() }
    do {
      try await connection.executeThenClose { inbound, outbound in
        guard isRoom else {
          return try await outbound.write(ByteBuffer(string: SMTPAnswer.tooManyConnections.line))
        }
        var conversation = SMTPConversation(
          session: SMTPSession(
            name: name, client: client, limits: limits, offersTLS: tls != nil, needsTLS: needsTLS),
          stream: SMTPStream(inbound, maximumLine: limits.lineBytes), outbound: outbound,
          channel: connection.channel, taker: taker, limits: limits, budget: budget)
        try await conversation.run(name: name)
      }
    } catch {
      // The other side went away, or was sent away for its silence; what it was told 250 of is kept.
      logger.debug("a mail connection ended", metadata: ["error": "\(error)"])
    }
  }
}

/// How many connections there are.
private final class OpenConnections: Sendable {
  private let maximum: Int
  private let count = Atomic(0)

  init(maximum: Int) { self.maximum = maximum }

  /// False where there are too many with this one.
  func enter() -> Bool { count.wrappingAdd(1, ordering: .relaxed).newValue <= maximum }
  func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
}
