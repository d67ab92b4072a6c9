import Channels
import Contracts
import EventLog
import Foundation
import HTTPClient
import Logging
import Postgres

/// Polls one account for as long as its lease is held.
struct AccountPoller: Sendable {
  let channels: ChannelAdapters
  let client: HTTPClient
  let pool: PostgresPool
  let logger: Logger
  let onPassedOver: PollerRunner.OnPassedOver
  let record: PollerRunner.Record

  /// The most that one step waits for news; mail servers may hang up after half an hour (RFC 2177).
  private static let wait = Duration.seconds(20 * 60)
  /// How often it is noted at least that all is well.
  private static let noteEvery = Duration.seconds(60)

  func polls(_ connection: KnownConnection) -> Bool {
    channel(of: connection)?.isPolled(connection.secrets) ?? false
  }

  private func channel(of connection: KnownConnection) -> (any PolledChannel)? {
    (try? channels.adapter(for: connection.channel)) as? any PolledChannel
  }

  /// Returns when the task is cancelled or the lease is lost.
  func run(_ connection: KnownConnection, under lease: PollLease) async {
    guard let channel = channel(of: connection) else { return }
    var backoff = Backoff(first: .seconds(1), longest: .seconds(300))
    var progress: Progress?
    while !Task.isCancelled {
      do {
        let before: Progress
        if let progress {
          before = progress
        } else {
          before = Progress(position: try await stored(connection))
        }
        progress = before
        let outcome = await channel.poll(
          after: before.position, wait: Self.wait, from: connection.secrets, using: client)
        if Task.isCancelled { return }
        guard
          let (next, pause) = try await take(outcome, after: before, of: connection, lease, &backoff)
        else { return }
        progress = next
        if pause > .zero { try await Task.sleep(for: pause) }
      } catch is CancellationError {
        return
      } catch {
        // The database or the log is away: what was not noted is asked for again.
        logger.warning(
          "what an account received cannot be recorded now",
          metadata: ["connection": "\(connection.id)", "why": "\(error)"])
        try? await Task.sleep(for: backoff.next())
      }
    }
  }

  private struct Progress {
    var position: String?
    /// When it was last noted, and that it had failed then.
    var notedAt: ContinuousClock.Instant?
    var reason: String?
  }

  private func stored(_ connection: KnownConnection) async throws -> String? {
    try await pool.withConnection { try PollStatus.position(of: connection.id, on: $0) }
  }

  /// Records what came, then notes how far that is. Returns nil when the lease was lost.
  private func take(
    _ outcome: PollOutcome, after before: Progress, of connection: KnownConnection, _ lease: PollLease,
    _ backoff: inout Backoff
  ) async throws -> (Progress, pause: Duration)? {
    switch outcome {
    case .step(let step):
      for body in step.bodies { try await record(body, connection) }
      for kind in step.passedOver { onPassedOver(PassedOver(channel: connection.channel, kind: kind), 1) }
      let isDue = before.notedAt.map { ContinuousClock.now - $0 >= Self.noteEvery } ?? true
      var after = before
      if isDue || step.next != before.position || before.reason != nil {
        guard
          let noted = try await note(
            connection, lease, position: step.next, failed: nil, came: step.bodies.count)
        else { return nil }
        after = noted
      }
      backoff.reset()
      return (after, step.pause ?? .zero)
    case .failed(let reason, let retryAfter):
      logger.notice(
        "an account cannot be polled now", metadata: ["connection": "\(connection.id)", "why": "\(reason)"])
      guard
        var noted = try await note(connection, lease, position: nil, failed: reason, came: 0)
      else { return nil }
      noted.position = before.position
      return (noted, max(backoff.next(), retryAfter ?? .zero))
    }
  }

  private func note(
    _ connection: KnownConnection, _ lease: PollLease, position: String?, failed reason: String?, came: Int
  ) async throws -> Progress? {
    let isNoted = try await pool.withConnection {
      try lease.note(connection, position: position, failed: reason, came: came, on: $0)
    }
    return isNoted ? Progress(position: position, notedAt: .now, reason: reason) : nil
  }
}
