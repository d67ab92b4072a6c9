import CRdkafka
import Contracts
import EventLog
import Foundation
import Logging
import Synchronization

/// Commits progress to Kafka for onlookers, in rounds: what is noted while one is under way goes into the next, so
/// at most one offset waits per group and partition.
final class AdvisoryCommits: Sendable {
  private struct State {
    var waiting: [String: [TopicPartition: Offset]] = [:]
    var handles: [String: KafkaHandle] = [:]
    var isRunning = false
  }

  private let configuration: KafkaConfiguration
  private let logger: Logger
  private let state = Mutex(State())
  /// Its own: a commit blocks for long while no coordinator answers.
  private let thread = BlockingThreads(count: 1, name: "kafka-commits")
  /// Between two rounds, in seconds: lag is looked at less often.
  private static let pace = 1.0

  init(_ configuration: KafkaConfiguration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
  }

  func note(group name: String, _ cursors: [Cursor]) {
    let starts = state.withLock { state in
      for cursor in cursors { state.waiting[name, default: [:]][cursor.partition] = cursor.offset }
      guard !state.isRunning else { return false }
      state.isRunning = true
      return true
    }
    guard starts else { return }
    let refusal = thread.add { [weak self] in self?.commitWaiting() }
    if refusal != nil { state.withLock { $0.isRunning = false } }
  }

  /// Returns once what was noted before was tried.
  func settled() async throws(EventLogError) { try await thread.run {} }

  func close() { thread.close() }

  private func commitWaiting() {
    while let waiting = takeWaiting() {
      for (name, offsets) in waiting {
        do throws(EventLogError) { try commit(offsets, of: name) } catch { logger.debug("\(error)") }
      }
      Thread.sleep(forTimeInterval: Self.pace)
    }
  }

  private func takeWaiting() -> [String: [TopicPartition: Offset]]? {
    state.withLock { state in
      defer { state.waiting = [:] }
      state.isRunning = !state.waiting.isEmpty
      return state.isRunning ? state.waiting : nil
    }
  }

  private func commit(_ offsets: [TopicPartition: Offset], of name: String) throws(EventLogError) {
    let list = PartitionList(
      offsets.map { ($0.key, $0.value.rawValue) }, names: TopicNames(prefix: configuration.topicPrefix))
    let error = rd_kafka_commit(try handle(for: name).rk, list.pointer, 0)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw EventLogError(kafka: error, "committing the progress of \(name)")
    }
  }

  private func handle(for name: String) throws(EventLogError) -> KafkaHandle {
    if let handle = state.withLock({ $0.handles[name] }) { return handle }
    let made = try KafkaHandle(.commits(group: name), configuration, logger: logger)
    state.withLock { $0.handles[name] = made }
    return made
  }
}
