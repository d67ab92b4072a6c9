import Contracts
import EventLog
import Foundation
import KafkaLog

/// Brokers that keep every record, answer late, and now and then not at all.
///
/// Unchecked: as the world, only touched by the world's thread.
final class Cluster: OutboxTarget, @unchecked Sendable {
  struct Written {
    let event: Event
    let sequence: OutboxSequence
  }

  /// The most that a relay may have under way.
  let limit: OutboxRelay.Limit
  private let run: SimulationRun
  private var world: World { run.world }
  private let faults: Double
  private(set) var partitions: [TopicPartition: [Written]] = [:]
  private(set) var failures = 0

  init(_ run: SimulationRun, limit: OutboxRelay.Limit, faults: Double) {
    self.run = run
    self.limit = limit
    self.faults = faults
  }

  func tail(of partitions: [TopicPartition]) async throws(EventLogError) -> [OutboxEntry] {
    await pause(1...100)
    return partitions.compactMap { partition in
      self.partitions[partition]?.max { $0.sequence.rawValue < $1.sequence.rawValue }.map {
        OutboxEntry(partition: partition, sequence: $0.sequence, id: $0.event.id)
      }
    }
  }

  func publisher() throws(EventLogError) -> any OutboxPublisher { ClusterPublisher(cluster: self) }

  /// Notes what a relay has under way, and when that is more than may be.
  fileprivate func check(_ messages: [Outgoing]) {
    let bytes = messages.reduce(0) { $0 + $1.bytes }
    if messages.count == limit.records { world.note(.fullPortion) }
    guard messages.count > limit.records || (bytes > limit.bytes && messages.count > 1) else { return }
    run.note(
      """
      a relay has \(messages.count) records of \(bytes) bytes under way, at most \(limit.records) of \(limit.bytes) \
      bytes may be
      """)
  }

  fileprivate func pause(_ range: ClosedRange<Int>) async {
    try? await Surroundings.sleep(for: world.numbers.duration(range))
  }

  /// The brokers take a part of the messages of a partition, from the first on, or all; what became of them is told
  /// later, or, when the producer is gone by then, to nobody.
  fileprivate func write(_ messages: [Outgoing]) async -> [Delivery] {
    await pause(1...30)
    var broken: Set<TopicPartition> = []
    var results: [Delivery] = []
    for message in messages {
      guard let sequence = message.sequence, !broken.contains(message.partition) else {
        results.append(.failure(EventLogError(.unavailable, "simulated")))
        continue
      }
      let fails = world.numbers.chance(faults)
      // Without an answer nobody knows whether it was written.
      let isWritten = !fails || world.numbers.chance(0.5)
      if isWritten {
        partitions[message.partition, default: []].append(Written(event: message.event, sequence: sequence))
      }
      if fails {
        failures += 1
        world.note(.brokerFailure)
        let fate = isWritten ? "is written" : "is lost"
        world.tell("brokers", "\(sequence.rawValue) of \(message.partition) \(fate), and they do not answer")
        broken.insert(message.partition)
        results.append(.failure(EventLogError(.unavailable, "simulated")))
      } else {
        results.append(.success(Int64((partitions[message.partition]?.count ?? 1) - 1)))
      }
    }
    await pause(1...(world.numbers.chance(0.1) ? 3_000 : 60))
    return results
  }
}

/// Unchecked: as the cluster.
private final class ClusterPublisher: OutboxPublisher, @unchecked Sendable {
  private let cluster: Cluster
  /// What has no answer yet.
  private var underWay: [Outgoing] = []

  init(cluster: Cluster) { self.cluster = cluster }

  func produce(_ messages: [Outgoing]) async throws(EventLogError) -> [Delivery] {
    underWay += messages
    cluster.check(underWay)
    defer { underWay.removeFirst(messages.count) }
    // What a killed process had under way reaches the brokers all the same.
    return await cluster.write(messages)
  }

  func close() {}
}
