import CRdkafka
import Contracts
import EventLog
import Logging
import Synchronization

/// Commits progress to Kafka for onlookers. What is noted while a commit of its group is under way is merged
/// into the next, so at most one cursor waits per group and partition, and one call per group.
final class AdvisoryCommits: Sendable {
  private struct Group {
    var waiting: [TopicPartition: Offset] = [:]
    var isRunning = false
    var handle: KafkaHandle?
  }

  private struct State {
    var groups: [String: Group] = [:]
    var failures = 0
  }

  private let configuration: KafkaConfiguration
  private let logger: Logger
  private let state = Mutex(State())
  /// Its own: a commit blocks for long while no coordinator answers.
  private let thread = BlockingThreads(count: 1, name: "kafka-commits")

  init(_ configuration: KafkaConfiguration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
  }

  var failures: Int { state.withLock { $0.failures } }

  func note(group name: String, _ cursors: [Cursor]) {
    let starts = state.withLock { state in
      for cursor in cursors {
        state.groups[name, default: Group()].waiting[cursor.partition] = cursor.offset
      }
      guard state.groups[name]?.isRunning == false else { return false }
      state.groups[name]?.isRunning = true
      return true
    }
    guard starts else { return }
    let refusal = thread.add { [weak self] in self?.commit(group: name) }
    if refusal != nil { state.withLock { $0.groups[name]?.isRunning = false } }
  }

  /// Returns once what was noted before was tried.
  func settled() async throws(EventLogError) { try await thread.run {} }

  func close() { thread.close() }

  private func commit(group name: String) {
    while let offsets = takeWaiting(of: name) {
      do throws(EventLogError) {
        let list = PartitionList(
          offsets.map { ($0.key, $0.value.rawValue) }, names: TopicNames(prefix: configuration.topicPrefix))
        let error = rd_kafka_commit(try handle(for: name).rk, list.pointer, 0)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
          throw EventLogError(kafka: error, "committing the progress of \(name)")
        }
      } catch {
        state.withLock { $0.failures += 1 }
        logger.debug("\(error)")
      }
    }
  }

  private func takeWaiting(of name: String) -> [TopicPartition: Offset]? {
    state.withLock { state in
      guard let group = state.groups[name], !group.waiting.isEmpty else {
        state.groups[name]?.isRunning = false
        return nil
      }
      state.groups[name]?.waiting = [:]
      return group.waiting
    }
  }

  private func handle(for name: String) throws(EventLogError) -> KafkaHandle {
    if let handle = state.withLock({ $0.groups[name]?.handle }) { return handle }
    let made = try KafkaHandle(.commits(group: name), configuration, logger: logger)
    state.withLock { $0.groups[name]?.handle = made }
    return made
  }
}
