import Channels
import Contracts
import Foundation
import HTTPClient
import Logging
import Postgres
import Synchronization

/// Asks the providers of all accounts that cannot be called for what came in, each account by one process alone.
///
/// Accounts are dealt out among processes by lease, as partitions are. What a step brought is recorded before the
/// position behind it is noted, so that nothing is lost with a process; what is given again is known by its event's
/// id. An account whose provider fails is asked again after a growing delay and holds up no other.
package struct PollerRunner: Sendable {
  /// Records what polling gave; returns once it is durable. Given the same again, it records nothing new.
  package typealias Record = @Sendable (PolledBody, KnownConnection) async throws -> Void
  /// Told what was left out.
  package typealias OnPassedOver = @Sendable (PassedOver, Int) -> Void

  private let environment: StageEnvironment
  private let poller: AccountPoller
  private let patience = Duration.seconds(10)

  package init(
    channels: ChannelAdapters, client: HTTPClient, environment: StageEnvironment,
    onPassedOver: @escaping OnPassedOver = { _, _ in }, record: @escaping Record
  ) {
    self.environment = environment
    poller = AccountPoller(
      channels: channels, client: client, pool: environment.pool, logger: environment.logger,
      onPassedOver: onPassedOver, record: record)
  }

  /// Works until cancelled; then ends what runs, gives the leases back and throws `CancellationError`.
  package func run() async throws {
    let table = LeaseTable(
      stage: PollLease.stage, partitions: PollLease.parts, owner: environment.owner, pool: environment.pool)
    var keeper = LeaseKeeper(table: table, patience: patience, logger: environment.logger)
    var running = RunningPollers()
    while !Task.isCancelled {
      do {
        _ = try await keeper.look(running: running.keys)
        let directory = try await environment.directory.catchUp()
        await running.keep(
          wanted(directory, keeper.leases.working), owner: environment.owner.id, poller: poller)
        try await keeper.releaseLeft(running: running.keys)
      } catch let error where !Task.isCancelled {
        environment.logger.warning("accounts are not dealt out now", metadata: ["why": "\(error)"])
      } catch {}
      try? await Task.sleep(for: Leases.look)
    }
    // A task of its own, because this one is cancelled. What cannot be given back runs out.
    await Task { [running] in
      var running = running
      await running.keep([:], owner: environment.owner.id, poller: poller)
      try? await table.giveBack()
    }.value
    throw CancellationError()
  }

  /// The accounts to poll in the parts that are held, with the epochs under which they are.
  private func wanted(
    _ directory: DirectorySnapshot, _ epochs: [Partition: Int64]
  ) -> [ConnectionID: (connection: KnownConnection, epoch: Int64)] {
    var wanted: [ConnectionID: (connection: KnownConnection, epoch: Int64)] = [:]
    for connection in directory.connections.values where !connection.isDisabled {
      guard let epoch = epochs[PollLease.part(of: connection.id)], poller.polls(connection) else { continue }
      wanted[connection.id] = (connection, epoch)
    }
    return wanted
  }
}

/// The accounts that this process polls now, each in a task that is ended and awaited here.
private struct RunningPollers: Sendable {
  private struct Running: Sendable {
    let connection: KnownConnection
    let lease: PollLease
    let task: Task<Void, Never>
    let hasEnded: Ended
  }

  private final class Ended: Sendable {
    let value = Atomic(false)
  }

  private var running: [ConnectionID: Running] = [:]

  var keys: Set<StreamKey> {
    Set(running.values.map { StreamKey(partition: $0.lease.part, key: StreamID($0.connection.id)) })
  }

  /// Ends those that are not wanted, or not in this way; begins those that are missing.
  mutating func keep(
    _ wanted: [ConnectionID: (connection: KnownConnection, epoch: Int64)], owner: UUID, poller: AccountPoller
  ) async {
    let unwanted = running.filter { id, running in
      guard let wanted = wanted[id], !running.hasEnded.value.load(ordering: .acquiring) else { return true }
      return wanted.connection.secrets != running.connection.secrets || wanted.epoch != running.lease.epoch
    }
    for running in unwanted.values { running.task.cancel() }
    for (id, old) in unwanted {
      await old.task.value
      running[id] = nil
    }
    for (id, (connection, epoch)) in wanted where running[id] == nil {
      let lease = PollLease(owner: owner, part: PollLease.part(of: id), epoch: epoch)
      let ended = Ended()
      let task = Task {
        await poller.run(connection, under: lease)
        ended.value.store(true, ordering: .releasing)
      }
      running[id] = Running(connection: connection, lease: lease, task: task, hasEnded: ended)
    }
  }
}
